package dev.darkroom.worker.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads from the output of a starting process where its servers are: lines such as {@code NAME=value}, others among them.
 * It has a thread of its own, for reading from a process cannot be given up in time. That ends with the last address or
 * with the output, which ends with the process.
 */
final class AddressReader {
    private static final int LONGEST_LINE = 4096; // characters
    private static final String SERVERS = "The embedded broker and bucket ";

    private final CompletableFuture<Map<String, String>> addresses = new CompletableFuture<>();

    private AddressReader() {}

    /**
     * Begins to read.
     *
     * @param names of the addresses that are waited for
     */
    static AddressReader start(InputStream output, Set<String> names) {
        AddressReader reader = new AddressReader();
        Thread thread = new Thread(() -> reader.read(output, names), "bench-addresses");
        thread.setDaemon(true);
        thread.start();
        return reader;
    }

    private void read(InputStream output, Set<String> names) {
        try {
            Reader characters = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8));
            Map<String, String> found = new HashMap<>();
            while (!found.keySet().containsAll(names)) {
                String line = line(characters);
                int equals = line.indexOf('=');
                if (equals > 0 && names.contains(line.substring(0, equals))) {
                    found.put(line.substring(0, equals), line.substring(equals + 1));
                }
            }
            addresses.complete(found);
        } catch (IOException | BenchException | RuntimeException | Error e) {
            addresses.completeExceptionally(e);
        }
    }

    private static String line(Reader characters) throws IOException, BenchException {
        StringBuilder line = new StringBuilder();
        for (int next = characters.read(); next != '\n'; next = characters.read()) {
            if (next < 0) {
                throw new BenchException(SERVERS + "did not start; why, they say above");
            }
            if (line.length() == LONGEST_LINE) {
                throw new BenchException(SERVERS + "printed a line of more than " + LONGEST_LINE
                        + " characters; is it their jar that --embedded names?");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    /**
     * Waits for all addresses.
     *
     * @return by their names
     * @throws BenchException when they do not come in time, or will not come
     */
    Map<String, String> await(Duration longest) throws BenchException, InterruptedException {
        try {
            return addresses.get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BenchException(SERVERS + "did not start within " + longest
                    + "; run the bench again when the machine has less to do");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BenchException told) {
                throw told;
            }
            throw new BenchException(SERVERS + "did not say where they are: " + e.getCause());
        }
    }
}
