package dev.darkroom.worker.storage;

class InMemoryResultStoreTest extends ResultStoreContract {
    @Override
    ResultStore newStore() {
        return new InMemoryResultStore("memory");
    }
}
