package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TenantTest {
    @Test
    void aTenantIsNamedInUtf8() {
        assertThat(of("größe 1".getBytes(StandardCharsets.UTF_8))).isEqualTo(new Tenant("größe 1"));
        assertThat(of("x".repeat(100).getBytes(StandardCharsets.UTF_8))).isEqualTo(new Tenant("x".repeat(100)));
        assertThat(of("𝄞".repeat(100).getBytes(StandardCharsets.UTF_8))).isEqualTo(new Tenant("𝄞".repeat(100)));
    }

    @Test
    void whatCannotBeReadIsNoTenant() {
        assertThat(of("x".repeat(101).getBytes(StandardCharsets.UTF_8))).isEqualTo(Tenant.NONE);
        assertThat(of(new byte[1 << 20])).isEqualTo(Tenant.NONE);
        assertThat(of(new byte[] {'a', (byte) 0xff})).isEqualTo(Tenant.NONE);
        assertThat(of(new byte[0])).isEqualTo(Tenant.NONE);
    }

    @Test
    void withoutAHeaderThereIsNone() {
        assertThat(Tenant.of(record(List.of()))).isEqualTo(Tenant.NONE);
    }

    private static Tenant of(byte[] name) {
        return Tenant.of(record(List.of(new JobRecord.Header(Tenant.HEADER, name))));
    }

    private static JobRecord record(List<JobRecord.Header> headers) {
        return new JobRecord("jobs", 0, 0, Optional.empty(), new byte[0], headers, Instant.EPOCH, 1);
    }
}
