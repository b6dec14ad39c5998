package dev.darkroom.worker.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MeteringLoaderTest {
    private static final Tensor NOTHING = new Tensor(new float[1], 1, 1, 1, 1);
    private static final UnetRows ROW =
            new UnetRows(NOTHING, new float[1], new Tensor(new float[1], 1, 1, 1), Optional.empty(), Optional.empty());

    private final AtomicLong now = new AtomicLong();
    private final BusyMeter meter = new BusyMeter(now::get);
    private final TickingModel ticking = new TickingModel(now);

    @Test
    void everyNetworkIsMeteredAndNothingElse() throws Exception {
        LoadedModel model = load();

        model.encode(List.of("a red circle"), 0);
        assertThat(busy()).isEqualTo(TickingModel.ENCODE);
        model.textEncoder().encode(new int[1][1], 0);
        assertThat(busy()).isEqualTo(TickingModel.ENCODE + TickingModel.ENCODE_ROWS);
        model.unet().predict(ROW);
        model.vaeDecoder().decode(NOTHING);
        model.vaeEncoder().encode(NOTHING);
        model.sha256();
        assertThat(busy())
                .isEqualTo(TickingModel.ENCODE
                        + TickingModel.ENCODE_ROWS
                        + TickingModel.PREDICT
                        + TickingModel.DECODE
                        + TickingModel.ENCODE_PICTURE);
        assertThat(model.unet().rowsAreIndependent()).isTrue();
        assertThat(model.callTimes()).isEqualTo(ticking.callTimes());

        model.close();
        assertThat(ticking.isClosed()).isTrue();
    }

    @Test
    void aMeterHearsWhichNetworkOfWhichModelHasHowManyRows() throws Exception {
        List<NetworkCall> calls = new ArrayList<>();
        CallMeter listening = new CallMeter() {
            @Override
            public <T> T during(NetworkCall call, Supplier<T> work) {
                calls.add(call);
                return work.get();
            }
        };
        LoadedModel model = new MeteredModel(ticking, listening);
        model.textEncoder().encode(new int[3][1], 0);
        DeepFeatures features = model.unet().deepFeatures().orElseThrow();
        features.predict(ROW, new Interruption());
        features.predictFrom(NOTHING, ROW, new Interruption());
        model.unet().predict(ROW);
        model.vaeDecoder().decode(NOTHING);
        model.vaeEncoder().encode(NOTHING);
        assertThat(calls)
                .containsExactly(
                        new NetworkCall("ticking", NetworkCall.Network.TEXT_ENCODER, 3),
                        new NetworkCall("ticking", NetworkCall.Network.UNET, 1),
                        new NetworkCall("ticking", NetworkCall.Network.UNET, 1),
                        new NetworkCall("ticking", NetworkCall.Network.UNET, 1),
                        new NetworkCall("ticking", NetworkCall.Network.VAE_DECODER, 1),
                        new NetworkCall("ticking", NetworkCall.Network.VAE_ENCODER, 1));
    }

    private LoadedModel load() throws Exception {
        ModelLoader loader = new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                now.addAndGet(1_000_000); // loading and warming up
                return ticking;
            }

            @Override
            public long memory(ModelFiles files) {
                return 17;
            }
        };
        MeteringLoader metering = new MeteringLoader(loader, meter);
        ModelFiles files = ModelFiles.of("ticking", Path.of("ticking"));
        assertThat(metering.memory(files)).isEqualTo(17);
        LoadedModel model = metering.load(files);
        assertThat(meter.busy()).isEqualTo(Duration.ZERO);
        return model;
    }

    private long busy() {
        return meter.busy().toNanos();
    }
}
