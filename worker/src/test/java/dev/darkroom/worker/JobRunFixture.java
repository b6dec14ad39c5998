package dev.darkroom.worker;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A world of its own for each test of a job's run. */
abstract class JobRunFixture {
    @TempDir
    private Path folder;

    JobWorld world;

    @BeforeEach
    void open() throws Exception {
        world = new JobWorld(folder);
    }

    @AfterEach
    void close() {
        world.close();
    }
}
