package dev.darkroom.worker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void theNamesThatOthersRelyOnStay() {
        assertThat(Settings.environmentNames())
                .contains(
                        "DARKROOM_KAFKA_BOOTSTRAP_SERVERS",
                        "DARKROOM_S3_ENDPOINT",
                        "DARKROOM_S3_ACCESS_KEY",
                        "DARKROOM_S3_SECRET_KEY",
                        "DARKROOM_S3_BUCKET",
                        "DARKROOM_MODELS",
                        "DARKROOM_DEFAULT_MODEL",
                        "DARKROOM_ADMIN_PORT",
                        "DARKROOM_DELIVERY");
    }

    @Test
    void noTwoSettingsShareAName() {
        assertThat(new HashSet<>(Settings.environmentNames())).hasSameSizeAs(Settings.all());
    }

    @Test
    void onlyTheKeysAndTheTokenAreSecret() {
        assertThat(Settings.all().stream().filter(Setting::secret).map(Setting::key))
                .containsExactly("s3.access-key", "s3.secret-key", "admin.token");
    }

    @Test
    void everySettingIsDescribed() {
        assertThat(Settings.all())
                .allSatisfy(setting -> assertThat(setting.description()).isNotBlank());
    }

    @Test
    void aMisspellingIsRecognizedAndAStrangerIsNot() {
        assertThat(Spelling.nearest(
                        "kafka.bootstrap-server",
                        Settings.all().stream().map(Setting::key).toList()))
                .contains("kafka.bootstrap-servers");
        assertThat(Spelling.nearest(
                        "zookeeper", Settings.all().stream().map(Setting::key).toList()))
                .isEmpty();
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
    }
}
