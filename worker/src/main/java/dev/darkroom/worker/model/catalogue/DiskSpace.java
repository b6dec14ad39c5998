package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much a disk still takes. */
public interface DiskSpace {
    /** The one that the file system tells. */
    DiskSpace SYSTEM = folder -> Files.getFileStore(folder).getUsableSpace();

    /** Bytes that this process may still write below a folder. */
    long usable(Path folder) throws IOException;
}
