package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.SourceImage;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.Noise;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a completed event says of the picture that its pictures began with. */
class SourceImageTest {
    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final SchemaOracle SCHEMA = new SchemaOracle(Schemas.event());

    @Test
    void saysWhatPictureItsPicturesBeganWith() throws Exception {
        StoredImage image = new StoredImage("images", "a/0.png", Optional.empty(), SHA, 1, 64, 64, "png", 7);
        Timings timings = new Timings(1, 2, 3, 4, 5, 6);
        for (SourceImage source : List.of(
                new SourceImage(GivenImage.of("inputs/a.png").withStrength(0.55), SHA, Optional.empty()),
                new SourceImage(GivenImage.of("inputs/a.png").withGuidance(1.5), SHA, Optional.empty()),
                new SourceImage(
                        GivenImage.of("inputs/a.png").withStrength(1).withMask("inputs/b.png"),
                        SHA,
                        Optional.of(SHA)))) {
            JobEvent event = new JobEvent.Completed(
                    "cat-1",
                    1,
                    Optional.empty(),
                    new ModelRef("shapes", SHA),
                    Optional.of(Noise.TORCH_CPU),
                    Optional.of(source),
                    List.of(image),
                    timings);
            byte[] json = EventCodec.encode(event);
            assertThat(EventCodec.decode("completed", json)).isEqualTo(event);
            assertThat(SCHEMA.accepts(new String(json, StandardCharsets.UTF_8))).isTrue();
        }
        assertThatThrownBy(() -> new SourceImage(GivenImage.of("a").withMask("b"), SHA, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
