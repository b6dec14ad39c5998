package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whatever is done to the bytes of a stopped generation, another one goes on from them or refuses them, within bounded
 * memory. Half of the damaged ones get a right SHA-256 again, so that what lies behind it is reached. Case {@code i} is
 * made from the seed plus {@code i}.
 */
class ResumeFuzzTest {
    private static final long SEED = Long.getLong("darkroom.fuzz.seed", 20_261_128);
    private static final int COUNT = Integer.getInteger("darkroom.fuzz.count", 4_000);
    private static final int DIGEST = 32;

    /** The bytes are 90 kB at most; most of the rest is what DPM++ SDE takes to be rehearsed. */
    private static final long MOST_ALLOCATED = 4 << 20;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ResumeFixture fixture = new ResumeFixture();
    private int resumed;
    private int refused;
    private int nonFinite;

    @Test
    void damagedBytesAreRefusedOrGoneOnFrom() {
        System.out.println("-Ddarkroom.fuzz.seed=" + SEED + " -Ddarkroom.fuzz.count=" + COUNT);
        List<Subject> subjects = subjects();
        for (int i = 0; i < COUNT; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            Subject subject = subjects.get(random.nextInt(subjects.size()));
            one(subject.request(), damaged(subject.left(), random), SEED + i);
        }
        System.out.println(
                resumed + " resumed, of which " + nonFinite + " came to no finite numbers; " + refused + " refused");
        if (COUNT >= 1000) {
            assertThat(resumed).isGreaterThan(COUNT / 50);
            assertThat(refused).isGreaterThan(COUNT / 2);
            assertThat(nonFinite).isLessThan(resumed / 2);
        }
    }

    /** What was left of a job. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Subject(DevelopRequest request, byte[] left) {}

    private List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>();
        for (String scheduler : List.of("euler", "heun", "pndm", "dpmpp_2m", "dpmpp_sde", "unipc")) {
            DevelopRequest request = fixture.request(scheduler, 5);
            for (int calls = 1; calls <= 12; calls++) {
                subjects.add(new Subject(request, ResumeFixture.bytes(fixture.after(request, calls))));
            }
        }
        return subjects;
    }

    private void one(DevelopRequest request, byte[] bytes, long seed) {
        Generation fresh = ResumeFixture.prepare(request);
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        try {
            ResumePoint.resume(fresh, bytes, ResumeFixture.ORIGIN);
            resumed++;
        } catch (UnusableResumePointException e) {
            refused++;
            assertThat(fresh.calls()).as("seed %d", seed).isZero();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("Seed " + seed, e);
        }
        allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated;
        assertThat(allocated).as("bytes allocated by seed %d", seed).isLessThan(MOST_ALLOCATED);
        if (fresh.calls() == 0) {
            return;
        }
        try {
            ResumeFixture.toTheEnd(fresh);
        } catch (NonFiniteException e) {
            nonFinite++; // a number in it is finite, and too large for what is made of it
        } catch (RuntimeException | Error e) {
            throw new AssertionError("Seed " + seed + " breaks a later step", e);
        }
    }

    private static byte[] damaged(byte[] left, SplittableRandom random) {
        byte[] bytes = left.clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 100));
            case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> { // steps of a picture
                int at = 40 + random.nextInt(12);
                bytes[at] = (byte) (at % 4 == 3 ? random.nextInt(16) : random.nextInt(256));
            }
            case 3 -> { // a number
                int at = 52 + random.nextInt(bytes.length - 52 - DIGEST);
                bytes[at] = (byte) random.nextInt(256);
            }
            default -> { // a stretch of anything
                int at = random.nextInt(bytes.length);
                for (int i = at; i < Math.min(bytes.length, at + random.nextInt(64)); i++) {
                    bytes[i] = (byte) random.nextInt(256);
                }
            }
        }
        if (bytes.length > DIGEST && random.nextBoolean()) {
            byte[] sum = Fingerprint.sha256().digest(Arrays.copyOf(bytes, bytes.length - DIGEST));
            System.arraycopy(sum, 0, bytes, bytes.length - DIGEST, DIGEST);
        }
        return bytes;
    }
}
