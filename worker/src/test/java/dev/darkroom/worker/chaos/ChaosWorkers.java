package dev.darkroom.worker.chaos;

import dev.darkroom.worker.ChaosWorkerMain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The worker processes of a run. A place whose worker ends gets another one, as a cluster does it. For one thread. */
final class ChaosWorkers implements AutoCloseable {
    private static final String READY = "takes jobs from";
    /** What Kafka's client calls an error, and is the daily bread of a worker that was stopped for too long. */
    private static final Pattern CLIENTS_OWN =
            Pattern.compile(" ConsumerCoordinator: .* Offset commit failed on partition ");

    private static final int KILLED = 128 + 9;
    /** Told to end before it could handle the signal. */
    private static final int TERMINATED_EARLY = 128 + 15;

    private static final long LONGEST_START_SECONDS = 120;
    private static final long LONGEST_END_SECONDS = 120;

    private final Path folder;
    private final Map<String, String> environment;
    private final List<Member> current = new ArrayList<>();
    private final List<Member> former = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int started;

    /** What a worker was told last. */
    private enum Order {
        WORK,
        END,
        DIE
    }

    private static final class Member {
        final String name;
        final Process process;
        final Path log;
        Order order = Order.WORK;

        Member(String name, Process process, Path log) {
            this.name = name;
            this.process = process;
            this.log = log;
        }
    }

    /**
     * Starts the workers.
     *
     * @param folder for logs
     * @param environment of all of them
     */
    ChaosWorkers(Path folder, Map<String, String> environment, int count) throws IOException {
        this.folder = folder;
        this.environment = environment;
        for (int place = 0; place < count; place++) {
            current.add(start(place));
        }
    }

    private Member start(int place) throws IOException {
        String name = "worker-" + place + "-" + ++started;
        Path log = folder.resolve(name + ".log");
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx160m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        // The one that users have, not the one of the tests.
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        classPath,
                        ChaosWorkerMain.class.getName(),
                        folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        builder.environment().put("DARKROOM_WORKER_ID", name);
        return new Member(name, builder.start(), log);
    }

    /** Returns when all of them take jobs. */
    void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
        for (Member member : current) {
            while (!log(member).contains(READY)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError(member.name + " does not take jobs: " + log(member));
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /** SIGKILL, and another one in its place. */
    void kill(int place) throws IOException, InterruptedException {
        Member member = current.get(place);
        member.order = Order.DIE;
        member.process.destroyForcibly().waitFor();
        replace(place);
    }

    /** SIGTERM, and another one in its place. */
    void terminate(int place) throws IOException {
        Member member = current.get(place);
        member.order = Order.END;
        member.process.destroy();
        replace(place);
    }

    /** SIGSTOP; what runs in this place later is another worker. */
    Runnable freeze(int place) throws IOException, InterruptedException {
        Member member = current.get(place);
        signal(member, "STOP");
        return () -> {
            try {
                signal(member, "CONT");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError("A worker cannot be continued", e);
            }
        };
    }

    private static void signal(Member member, String name) throws IOException, InterruptedException {
        if (member.process.isAlive()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(member.process.pid()))
                    .start()
                    .waitFor();
        }
    }

    private void replace(int place) throws IOException {
        former.add(current.get(place));
        current.set(place, start(place));
    }

    /** Puts another worker where one could not start; one that ended for no reason is a problem. */
    void supervise() throws IOException {
        for (int place = 0; place < current.size(); place++) {
            Member member = current.get(place);
            if (!member.process.isAlive()) {
                if (log(member).contains(READY)) {
                    problems.add(member.name + " ended by itself, with exit code " + member.process.exitValue());
                }
                replace(place);
            }
        }
    }

    /** SIGTERM to all; waits until they and those before them have ended. */
    void end() throws InterruptedException {
        for (Member member : current) {
            member.order = Order.END;
            member.process.destroy();
        }
        former.addAll(current);
        current.clear();
        for (Member member : former) {
            if (!member.process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
                problems.add(member.name + " did not end when it was told to");
                continue;
            }
            int code = member.process.exitValue();
            boolean expected = switch (member.order) {
                case WORK -> true; // noted when it happened
                case END -> code == 0 || code == TERMINATED_EARLY;
                case DIE -> code == KILLED;
            };
            if (!expected) {
                problems.add(member.name + " was told to " + member.order + " and ended with exit code " + code);
            }
        }
    }

    /** How many workers there have been. */
    int started() {
        return started;
    }

    /** What went wrong with processes. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** Lines of all logs that must not be there: errors, stack traces, prompts. */
    List<String> suspiciousLines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Member member : former) {
            for (String line : log(member).split("\n", -1)) {
                if ((line.contains(" ERROR ") && !CLIENTS_OWN.matcher(line).find())
                        || line.startsWith("\tat ")
                        || line.contains(ChaosPlan.SECRET)) {
                    lines.add(member.name + ": " + line);
                }
            }
        }
        return lines;
    }

    private static String log(Member member) throws IOException {
        return new String(Files.readAllBytes(member.log), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        current.forEach(member -> member.process.destroyForcibly());
        former.forEach(member -> member.process.destroyForcibly());
    }
}
