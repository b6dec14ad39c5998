package dev.darkroom.worker.model;

/** A loader that does something with the models of another one, which take as much memory as they do there. */
public abstract class ForwardingLoader implements ModelLoader {
    protected final ModelLoader loader;

    protected ForwardingLoader(ModelLoader loader) {
        this.loader = loader;
    }

    @Override
    public final long memory(ModelFiles files) throws ModelException {
        return loader.memory(files);
    }

    @Override
    public final long sharedMemory(ModelFiles files) throws ModelException {
        return loader.sharedMemory(files);
    }

    @Override
    public final long loadingMemory(ModelFiles files) throws ModelException {
        return loader.loadingMemory(files);
    }
}
