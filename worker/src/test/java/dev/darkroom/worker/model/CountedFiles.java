package dev.darkroom.worker.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A repository that counts who holds its files. */
final class CountedFiles implements ModelRepository {
    private final List<String> ids;
    private final AtomicInteger open = new AtomicInteger();

    CountedFiles(List<String> ids) {
        this.ids = ids;
    }

    /** How many models' files are held. */
    int open() {
        return open.get();
    }

    @Override
    public List<String> ids() {
        return ids;
    }

    @Override
    public Optional<HeldFiles> open(String id) {
        return open(ModelVariant.of(id));
    }

    @Override
    public Optional<HeldFiles> open(ModelVariant variant) {
        open.incrementAndGet();
        return Optional.of(new HeldFiles() {
            @Override
            public ModelFiles files() {
                return ModelFiles.of(variant.id(), Path.of(variant.id()))
                        .with(variant.loras().stream()
                                .map(lora ->
                                        new LoraFile(lora.id(), Path.of(lora.id()), Optional.empty(), lora.scale()))
                                .toList());
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        });
    }
}
