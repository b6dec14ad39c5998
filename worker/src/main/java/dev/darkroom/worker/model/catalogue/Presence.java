package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where the files of a model are.
 *
 * @param size in bytes, of what a loader reads, where it is here and whole
 * @param sha256 of what was fetched
 */
public record Presence(State state, OptionalLong size, Optional<String> sha256) {
    /** The worst one last: of several parts it counts. */
    public enum State {
        /** A path on this machine. */
        LOCAL,
        /** It was fetched. */
        CACHED,
        /** It will be fetched. */
        REMOTE,
        /** There is nothing under the path. */
        ABSENT
    }

    static Presence of(Origin origin, DiffusersFiles.Kind kind, ModelCache cache) {
        if (origin.source() instanceof Source.Local local) {
            State state = Files.exists(local.path()) ? State.LOCAL : State.ABSENT;
            return new Presence(state, size(local.path(), kind), Optional.empty());
        }
        return cache.find((Source.Remote) origin.source(), origin.sha256())
                .map(cached -> new Presence(State.CACHED, OptionalLong.of(cached.size()), Optional.of(cached.sha256())))
                .orElseGet(() -> new Presence(State.REMOTE, OptionalLong.empty(), Optional.empty()));
    }

    /** Both together; the sum stays this one's. */
    Presence with(Presence other) {
        return new Presence(
                state.compareTo(other.state) >= 0 ? state : other.state,
                size.isPresent() && other.size.isPresent()
                        ? OptionalLong.of(size.getAsLong() + other.size.getAsLong())
                        : OptionalLong.empty(),
                sha256);
    }

    /** Empty where it is not a whole checkpoint: loading it says why. */
    private static OptionalLong size(Path path, DiffusersFiles.Kind kind) {
        try {
            if (!Files.isDirectory(path)) {
                return Files.exists(path) ? OptionalLong.of(Files.size(path)) : OptionalLong.empty();
            }
            long size = 0;
            for (String name : DiffusersFiles.names(kind, path)) {
                size += Files.size(path.resolve(name));
            }
            return OptionalLong.of(size);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        } catch (IOException | ModelException e) {
            return OptionalLong.empty();
        }
    }
}
