package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.develop.ResumePoint;
import dev.darkroom.worker.develop.UnusableResumePointException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A job that a worker of an earlier version left in its middle. Its resume point says the same version, but was made where
 * less was known that numbers depend on (noise, syntax of prompts, shortcuts), so it is of another job to today's worker.
 */
class EarlierResumePointTest {
    private static final String RESUMING = "cbe22ee";
    private static final String COMPUTING = "CPU LOW STRICT";

    private static LoadedModel model;

    @BeforeAll
    static void load() throws Exception {
        model = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 1, Memory.FAST_START))
                .load(ModelFiles.of("shapes", TestStack.MODELS.resolve("shapes")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ResolvedJob stopped() throws Exception {
        GenerationJob job = JobCodec.decode(
                EarlierBytes.of(RESUMING).record("darkroom.jobs", "stopped").value());
        return JobResolver.resolve(
                job, Optional.empty(), model, model.description().schedulerConfig());
    }

    private static Generation begun(ResolvedJob job) {
        return Preparation.prepare(job.request(), step -> {});
    }

    /** An earlier worker put it beside the pictures, where nobody looks any more. */
    @Test
    void isNotFoundWhereItWasPut() throws Exception {
        ResolvedJob job = stopped();
        Generation fresh = begun(job);
        resume(EarlierBytes.of(RESUMING).bucket(), job, fresh);
        assertThat(fresh.stepsDone()).isZero();
    }

    @Test
    void isRefusedWhereItIsLookedForAndTheJobBegunAnew() throws Exception {
        ResolvedJob job = stopped();
        ResultStore bucket = EarlierBytes.of(RESUMING).bucket();
        bucket.putIfAbsent(keys(job).checkpoint(1, 1), left(job), "application/octet-stream");
        Generation fresh = begun(job);

        assertThatThrownBy(() -> ResumePoint.resume(begun(job), left(job), COMPUTING))
                .isInstanceOf(UnusableResumePointException.class)
                .hasMessage("it is of another job or model, or was computed otherwise");
        resume(bucket, job, fresh);
        assertThat(fresh.stepsDone()).isZero();
    }

    private static void resume(ResultStore bucket, ResolvedJob job, Generation fresh) {
        try (ResumePoints points = new ResumePoints(bucket, COMPUTING, Duration.ofSeconds(10))) {
            points.resume(new ResumePoints.Place(keys(job), 1, 2), fresh);
        }
    }

    private static ObjectKeys keys(ResolvedJob job) {
        return ObjectKeys.of("pictures", "stopped", job.hash());
    }

    /** The hash of a job with nothing left open is as it was, so are the folders. */
    private static byte[] left(ResolvedJob job) throws Exception {
        return EarlierBytes.of(RESUMING)
                .bucket()
                .get("pictures/stopped/" + job.hash().substring(0, 16) + "/checkpoint-1-1.bin");
    }

    /** One of a version that is not this one's, older or newer, is not looked at any further. */
    @Test
    void ofAnotherVersionIsRefusedByThat() throws Exception {
        ResolvedJob job = stopped();
        byte[] left = left(job);
        assertThat(ByteBuffer.wrap(left).getInt(Integer.BYTES)).isEqualTo(1);
        for (int version : new int[] {0, 2, Integer.MAX_VALUE}) {
            byte[] other = left.clone();
            ByteBuffer.wrap(other).putInt(Integer.BYTES, version);
            assertThatThrownBy(() -> ResumePoint.resume(begun(job), other, COMPUTING))
                    .isInstanceOf(UnusableResumePointException.class)
                    .hasMessage("it is of another version");
        }
    }
}
