package dev.darkroom.worker;

import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** A bucket in memory whose writes are acts: {@code put <last part of the key>}. */
final class ScriptedStore implements ResultStore {
    private final InMemoryResultStore objects = new InMemoryResultStore("bucket");
    private final Acts acts;

    ScriptedStore(Acts acts) {
        this.acts = acts;
        objects.ensureBucket();
    }

    Set<String> keys() {
        return objects.keys();
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        return objects.find(key);
    }

    /** No act, but may be refused: {@code read <last part of the key>}. */
    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        refuse("read " + key.substring(key.lastIndexOf('/') + 1));
        return objects.read(key, most);
    }

    /** An object of somebody else's. */
    void place(String key, byte[] bytes) throws StorageException {
        objects.putIfAbsent(key, bytes, "image/png");
    }

    private void refuse(String act) throws StorageException {
        if (acts.refused(act)) {
            throw StorageException.retriable("The bucket is away", new IOException("No route to host"));
        }
    }

    /** An object that is there already is no act. */
    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        String act = "put " + key.substring(key.lastIndexOf('/') + 1);
        refuse(act);
        PutResult result = objects.putIfAbsent(key, bytes, contentType);
        if (result == PutResult.CREATED) {
            acts.did(act);
        }
        return result;
    }

    @Override
    public void delete(String key) throws StorageException {
        objects.delete(key);
    }

    @Override
    public boolean ensureBucket() {
        return objects.ensureBucket();
    }

    @Override
    public void check() throws StorageException {
        objects.check();
    }

    @Override
    public String bucket() {
        return objects.bucket();
    }

    @Override
    public void close() {
        objects.close();
    }
}
