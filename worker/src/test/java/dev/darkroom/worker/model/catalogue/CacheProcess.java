package dev.darkroom.worker.model.catalogue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Another process with a cache in the same folder. It says {@code held <path>}, keeps the file until it reads a line, and
 * ends.
 */
final class CacheProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private CacheProcess(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    public static void main(String[] args) throws Exception {
        CacheFixture fixture = new CacheFixture(Path.of(args[0]));
        Source.Http source = (Source.Http) Source.parse(args[1], Path.of("."));
        ModelCache.Held held =
                fixture.cache(Long.parseLong(args[2])).open(source, Optional.empty(), DiffusersFiles.Kind.MODEL);
        System.out.println("held " + held.path());
        if (System.in.read() >= 0) {
            held.close();
        }
        fixture.close();
    }

    static CacheProcess start(Path folder, Source.Http source, long limit) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new CacheProcess(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        CacheProcess.class.getName(),
                        folder.toString(),
                        source.uri().toString(),
                        Long.toString(limit)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits until it has the file. */
    Path held() throws IOException {
        String line = output.readLine();
        if (line == null || !line.startsWith("held ")) {
            throw new AssertionError("The other process said: " + line);
        }
        return Path.of(line.substring("held ".length()));
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Lets it go of the file and end. */
    int end() throws IOException, InterruptedException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
