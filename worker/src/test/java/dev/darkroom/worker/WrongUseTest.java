package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A mistaken command line is told of without the secrets in it. */
@ResourceLock(Resources.SYSTEM_OUT)
class WrongUseTest {
    @ParameterizedTest
    @CsvSource({
        "--set, s3.secret-key=planted",
        "--sets, s3.secret-key=planted",
        "-set, kafka.properties.sasl.jaas.config=a b=\"planted\";",
        "--verbose, --set=admin.token=planted",
        "--verbose, --sett=admin.token=planted",
    })
    void aSecretIsNotRepeated(String first, String second) {
        CommandRun run = CommandRun.run("models", first, second, "--what");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--what").doesNotContain("planted");
    }

    @Test
    void aSecretThatBeginsAsAnotherIsMaskedAsAWhole() {
        assertThat(WrongUse.masked("no a.b=se, a.b=secret, steps=4", "--set", "a.b=se", "--set=a.b=secret", "steps=4"))
                .isEqualTo("no a.b=********, a.b=********, steps=4");
    }
}
