package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Brings the files of one entry into its folder. What broke off is gone on with, after a pause, by this process or a
 * later one. Used by one thread.
 */
final class FileDownload {
    /** Tries in a row of which none brings more. */
    private static final int TRIES = 5;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    /** With less, a server could keep us busy for ever, a byte at a time. */
    private static final long WORTH_A_TRY = 1 << 20;

    private static final int BUFFER = 1 << 16;

    private final Fetchers fetchers;
    private final CacheRoom room;
    private final Pause pause;
    private final Progress progress;
    private final String key;

    FileDownload(Fetchers fetchers, CacheRoom room, Pause pause, Progress progress, String key) {
        this.fetchers = fetchers;
        this.room = room;
        this.pause = pause;
        this.progress = progress;
        this.key = key;
    }

    /**
     * Brings a file, unless an earlier process already has.
     *
     * @param name in the entry's folder
     * @param most bytes that it may have; above {@link DiffusersFiles#MAX_SMALL} the server must say the size
     * @return empty when there is no such file
     * @throws ModelException when it cannot be had
     */
    Optional<StoredFile> fetch(Source.Remote source, String name, long most)
            throws ModelException, IOException, InterruptedException {
        Path target = room.partial(key).resolve(name);
        if (Files.isRegularFile(target)) {
            return Optional.of(new StoredFile(name, Files.size(target), Sums.file(target)));
        }
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        try (PartFile part = PartFile.open(target)) {
            if (!receive(source, part, most)) {
                part.discard();
                return Optional.empty();
            }
            return Optional.of(part.finish(name));
        }
    }

    /** Says whether there is such a file. */
    private boolean receive(Source.Remote source, PartFile part, long most)
            throws ModelException, IOException, InterruptedException {
        long farthest = part.length();
        int tries = 0;
        while (true) {
            try {
                return attempt(source, part, most);
            } catch (FetchException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                tries = part.length() >= farthest + WORTH_A_TRY ? 1 : tries + 1;
                farthest = Math.max(farthest, part.length());
                if (!e.passing() || tries == TRIES) {
                    throw new ModelException(String.valueOf(e.getMessage()), e);
                }
            }
            pause.of(FIRST_PAUSE.multipliedBy(1L << (tries - 1)));
        }
    }

    private boolean attempt(Source.Remote source, PartFile part, long most)
            throws FetchException, ModelException, IOException, InterruptedException {
        Optional<PartFile.State> state = PartFile.State.read(part.stateFile());
        Optional<String> version = state.flatMap(PartFile.State::version);
        if (state.isPresent() && part.length() == state.get().size()) {
            return true; // only its name was missing
        }
        long offset = version.isPresent() ? part.length() : 0;
        Optional<Fetcher.Answer> opened = fetchers.open(source, offset, offset == 0 ? Optional.empty() : version);
        if (opened.isEmpty()) {
            return false;
        }
        try (Fetcher.Answer answer = opened.get()) {
            if (answer.start() != part.length()) {
                part.restart();
            }
            long size = size(source, answer, most);
            if (answer.start() > 0 && size != state.orElseThrow().size()) {
                part.restart();
                throw FetchException.passing(source.shown() + " has changed its size", new IOException("changed"));
            }
            PartFile.State promised = new PartFile.State(size, answer.version());
            room.reserve(key, part.stateFile(), promised, part.length(), source.shown());
            copy(source, answer, part, size);
        }
        return true;
    }

    /** What the file will have; of a small one of unknown size the most that it may have. */
    private static long size(Source.Remote source, Fetcher.Answer answer, long most) throws ModelException {
        if (answer.size().isEmpty()) {
            if (most > DiffusersFiles.MAX_SMALL) {
                throw new ModelException(source.shown() + " cannot be fetched: the server does not say its size");
            }
            return most;
        }
        long size = answer.size().getAsLong();
        if (size < answer.start() || size > most) {
            throw new ModelException(
                    source.shown() + " cannot be fetched: it has " + size + " bytes, at most " + most + " are allowed");
        }
        return size;
    }

    private void copy(Source.Remote source, Fetcher.Answer answer, PartFile part, long size)
            throws FetchException, IOException {
        byte[] buffer = new byte[BUFFER];
        for (int read = read(source, answer.body(), buffer); read >= 0; read = read(source, answer.body(), buffer)) {
            if (part.length() + read > size) {
                part.restart();
                throw FetchException.lasting(source.shown() + " sends more than the " + size + " bytes it may have");
            }
            part.append(buffer, read);
            progress.at(source.shown(), part.length(), answer.size());
        }
        if (answer.size().isPresent() && part.length() < size) {
            throw FetchException.passing(
                    source.shown() + " ended after " + part.length() + " of " + size + " bytes",
                    new IOException("The connection ended early"));
        }
    }

    /** Tells failures of the connection from those of the disk. */
    private static int read(Source.Remote source, InputStream body, byte[] buffer) throws FetchException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw FetchException.passing(source.shown() + ": " + e.getMessage(), e);
        }
    }
}
