package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantTest {
    @ParameterizedTest
    @ValueSource(strings = {"acme", "", "Äpfel & Söhne", "\u0000"})
    void aNameIsRead(String name) {
        assertThat(Tenant.of(job(name.getBytes(StandardCharsets.UTF_8)))).isEqualTo(new Tenant(name));
    }

    @Test
    void aHundredCharactersOfAnyKindAreAName() {
        String name = "\uD83D\uDC31".repeat(100);
        assertThat(Tenant.of(job(name.getBytes(StandardCharsets.UTF_8))).name()).isEqualTo(name);
    }

    @Test
    void aNameThatIsTooLongIsNone() {
        assertThat(Tenant.of(job("x".repeat(101).getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(Tenant.NONE);
        assertThat(Tenant.of(job(new byte[1 << 20]))).isEqualTo(Tenant.NONE);
    }

    @Test
    void bytesThatAreNotTextAreNoName() {
        assertThat(Tenant.of(job(new byte[] {(byte) 0xc3, 0x28}))).isEqualTo(Tenant.NONE);
    }

    @Test
    void aJobWithoutTheHeaderIsForNobodyInParticular() {
        assertThat(Tenant.of(new JobRecord("jobs", 0, 0, Optional.empty(), new byte[0], List.of(), Instant.EPOCH, 1)))
                .isEqualTo(Tenant.NONE);
    }

    @Test
    void aLongNameCannotBeMade() {
        assertThatThrownBy(() -> new Tenant("x".repeat(101))).isInstanceOf(IllegalArgumentException.class);
    }

    private static JobRecord job(byte[] tenant) {
        return new JobRecord(
                "jobs",
                0,
                0,
                Optional.empty(),
                new byte[0],
                List.of(new JobRecord.Header("tenant", tenant)),
                Instant.EPOCH,
                1);
    }
}
