package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.AdminConfig;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OriginsTest {
    @Test
    void aPageWithoutANameIsNoneOfThisServersEvenIfThatHasNoneEither() throws Exception {
        Origins origins = new Origins(InetAddress.getByName("0.0.0.0"), new AdminConfig("0.0.0.0", 0));
        assertThat(origins.isOwn(request(Map.of("origin", "null")))).isFalse();
        assertThat(origins.isOwn(request(Map.of("origin", "http://a:80")))).isFalse();
        assertThat(origins.isOwn(request(Map.of("origin", "http://A:80", "host", "a:80"))))
                .isTrue();
        assertThat(origins.isOwn(request(Map.of()))).isTrue();
    }

    private static AdminRequest request(Map<String, String> headers) {
        return new AdminRequest("/cancel", headers, new byte[0]);
    }
}
