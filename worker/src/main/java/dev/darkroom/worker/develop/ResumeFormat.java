package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.Rehearsal;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a stopped generation, big-endian:
 *
 * <pre>
 * int       "DRES"
 * int       version of this format and of the numbers: 1
 * byte[32]  fingerprint of what the numbers come from
 * int[n]    steps of each of the n pictures, from 0 to all
 * of each picture with a step:
 *   float[] latents
 *   float[] outputs, kept sample and sum of its solver, as many as there must be; none after the last step
 * byte[32]  SHA-256 of all before
 * </pre>
 *
 * <p>No length is read from the bytes. How many pictures there are, how large they are, and what a solver remembers after
 * so many steps follow from the job; so does the state of the noise, which is not written at all.
 */
final class ResumeFormat {
    /** A change of a scheduler, of the noise or of how batches are made that changes a bit of a picture is a new version. */
    static final int VERSION = 1;

    private static final int MAGIC = 0x44524553;
    private static final int DIGEST = 32;
    private static final int STEPS_AT = 2 * Integer.BYTES + DIGEST;

    private final Generation generation;
    private final byte[] fingerprint;
    private final int valuesOfAPicture;

    /** The format for one generation, or another one of the same job. */
    ResumeFormat(Generation generation, byte[] fingerprint) {
        this.generation = generation;
        this.fingerprint = fingerprint;
        this.valuesOfAPicture = generation.request().latentValues();
    }

    /** The bytes; empty when a number is not finite, or there would be more than {@code most}. */
    Optional<byte[]> write(int most) {
        List<LatentImage.Place> places = generation.places();
        List<Integer> steps = places.stream().map(LatentImage.Place::step).toList();
        List<Rehearsal.Stage> stages = stages(steps);
        long length = length(steps, stages);
        if (length > most) {
            return Optional.empty();
        }
        ByteBuffer to = ByteBuffer.allocate((int) length);
        to.putInt(MAGIC).putInt(VERSION).put(fingerprint);
        steps.forEach(to::putInt);
        for (LatentImage.Place place : places) {
            if (place.step() > 0) {
                put(place.latents(), to);
            }
            if (place.step() > 0 && place.step() < generation.steps()) {
                putHistory(place.history(), stages.get(place.step()).history(), to);
            }
        }
        to.put(digest(to.array()));
        boolean finite = areFinite(to.array(), STEPS_AT + steps.size() * Integer.BYTES);
        return finite ? Optional.of(to.array()) : Optional.empty();
    }

    private static void putHistory(SolverHistory history, SolverHistory.Shape expected, ByteBuffer to) {
        if (!history.shape().equals(expected)) {
            throw new IllegalStateException("A solver remembers " + history.shape() + ", not " + expected);
        }
        history.arrays().forEach(array -> put(array, to));
    }

    private static void put(float[] values, ByteBuffer to) {
        to.asFloatBuffer().put(values);
        to.position(to.position() + values.length * Float.BYTES);
    }

    /** The pictures; empty ones have not begun. */
    List<Optional<PictureState>> read(byte[] bytes) throws UnusableResumePointException {
        int pictures = generation.images().size();
        require(bytes.length >= STEPS_AT + pictures * Integer.BYTES + DIGEST, "it is too short");
        ByteBuffer from = ByteBuffer.wrap(bytes);
        require(from.getInt() == MAGIC && from.getInt() == VERSION, "it is of another version");
        byte[] theirs = new byte[DIGEST];
        from.get(theirs);
        require(Arrays.equals(theirs, fingerprint), "it is of another job or model, or was computed otherwise");
        List<Integer> steps = new ArrayList<>();
        for (int k = 0; k < pictures; k++) {
            int step = from.getInt();
            require(step >= 0 && step <= generation.steps(), "a picture has too many steps");
            steps.add(step);
        }
        List<Rehearsal.Stage> stages = stages(steps);
        require(bytes.length == length(steps, stages), "its length is not what its steps say");
        byte[] sum = Arrays.copyOfRange(bytes, bytes.length - DIGEST, bytes.length);
        require(Arrays.equals(sum, digest(bytes)), "its SHA-256 is wrong");
        require(areFinite(bytes, from.position()), "a number in it is not finite");
        List<Optional<PictureState>> states = new ArrayList<>();
        for (int step : steps) {
            states.add(step == 0 ? Optional.empty() : Optional.of(picture(step, stages, from)));
        }
        return states;
    }

    private PictureState picture(int step, List<Rehearsal.Stage> stages, ByteBuffer from) {
        float[] latents = values(from);
        if (step == generation.steps()) {
            return new PictureState(step, latents, new SolverHistory(), 0);
        }
        Rehearsal.Stage stage = stages.get(step);
        List<float[]> arrays = new ArrayList<>();
        for (int i = 0; i < stage.history().arrays(); i++) {
            arrays.add(values(from));
        }
        return new PictureState(step, latents, SolverHistory.restored(stage.history(), arrays), stage.draws());
    }

    private float[] values(ByteBuffer from) {
        float[] values = new float[valuesOfAPicture];
        from.asFloatBuffer().get(values);
        from.position(from.position() + values.length * Float.BYTES);
        return values;
    }

    /** As far as one of the pictures is on its way. */
    private List<Rehearsal.Stage> stages(List<Integer> steps) {
        List<Integer> unfinished =
                steps.stream().filter(step -> step < generation.steps()).toList();
        return Rehearsal.stages(generation.scheduler(), unfinished.isEmpty() ? 0 : Collections.max(unfinished));
    }

    private long length(List<Integer> steps, List<Rehearsal.Stage> stages) {
        long arrays = 0;
        for (int step : steps) {
            if (step > 0) {
                arrays += 1;
                arrays += step < generation.steps() ? stages.get(step).history().arrays() : 0;
            }
        }
        return STEPS_AT + (long) steps.size() * Integer.BYTES + arrays * valuesOfAPicture * Float.BYTES + DIGEST;
    }

    /** Of all but the last bytes, in whose place it stands. */
    private static byte[] digest(byte[] bytes) {
        MessageDigest digest = Fingerprint.sha256();
        digest.update(bytes, 0, bytes.length - DIGEST);
        return digest.digest();
    }

    private static boolean areFinite(byte[] bytes, int start) {
        ByteBuffer values = ByteBuffer.wrap(bytes, start, bytes.length - DIGEST - start);
        while (values.hasRemaining()) {
            if (!Float.isFinite(values.getFloat())) {
                return false;
            }
        }
        return true;
    }

    private static void require(boolean holds, String otherwise) throws UnusableResumePointException {
        if (!holds) {
            throw new UnusableResumePointException(otherwise);
        }
    }
}
