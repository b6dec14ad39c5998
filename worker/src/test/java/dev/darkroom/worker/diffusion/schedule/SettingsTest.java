package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SolverType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Settings settings(Object value) {
        return new Settings(Map.of("key", value));
    }

    @Test
    void whatIsAbsentOrNullHasItsDefault() {
        for (Settings settings : List.of(new Settings(Map.of()), new Settings(Collections.singletonMap("key", null)))) {
            assertThat(settings.flag("key", true)).isTrue();
            assertThat(settings.flag("key", false)).isFalse();
            assertThat(settings.number("key", 1.5)).isEqualTo(1.5);
            assertThat(settings.number("key")).isEmpty();
            assertThat(settings.integer("key", 7)).isEqualTo(7);
            assertThat(settings.whole("key")).isEmpty();
            assertThat(settings.numbers("key")).isEmpty();
            assertThat(settings.integers("key")).isEmpty();
            assertThat(settings.text("key", "a")).isEqualTo("a");
            assertThat(settings.choice("key", SolverType.BH1)).isEqualTo(SolverType.BH1);
            settings.refuse("key");
            settings.refuseAny("key");
            settings.require("key", "a");
        }
    }

    @Test
    void whatIsThereIsTaken() {
        assertThat(settings(false).flag("key", true)).isFalse();
        assertThat(settings(2).number("key", 1.5)).isEqualTo(2);
        assertThat(settings(0.25).number("key")).hasValue(0.25);
        assertThat(settings(-3.0).integer("key", 7)).isEqualTo(-3);
        assertThat(settings(List.of(1, 0.5)).numbers("key")).containsExactly(1.0, 0.5);
        assertThat(settings(List.of(4, 5.0)).integers("key")).containsExactly(4, 5);
        assertThat(settings("b").text("key", "a")).isEqualTo("b");
        assertThat(settings("bh2").choice("key", SolverType.BH1)).isEqualTo(SolverType.BH2);
    }

    /** Python's own word for it, which JSON does not have. */
    @ParameterizedTest
    @ValueSource(strings = {"-inf", "-Infinity", "-INF"})
    void aTextMayBeMinusInfinity(String text) {
        assertThat(settings(text).number("key", 0)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void wholeNumbersMayBeAsLongAsAnInteger() {
        assertThat(settings(Long.MAX_VALUE).whole("key")).hasValue(Long.MAX_VALUE);
        assertThat(settings(Integer.MAX_VALUE).whole("key")).hasValue(Integer.MAX_VALUE);
        assertThat(settings((double) Integer.MAX_VALUE).integer("key", 0)).isEqualTo(Integer.MAX_VALUE);
        assertThat(settings((double) Integer.MAX_VALUE).whole("key")).hasValue(Integer.MAX_VALUE);
        assertThatThrownBy(() -> settings(Integer.MAX_VALUE + 1.0).integer("key", 0))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessage("The scheduler setting key must be a whole number, not '2.147483648E9'");
    }

    @Test
    void whatIsOfAnotherTypeIsRefusedByName() {
        assertThatThrownBy(() -> settings("yes").flag("key", true)).hasMessageContaining("key must be true or false");
        assertThatThrownBy(() -> settings("inf").number("key", 0)).hasMessageContaining("key must be a number");
        assertThatThrownBy(() -> settings(1).text("key", "")).hasMessageContaining("key must be a text, not '1'");
        assertThatThrownBy(() -> settings(1).numbers("key")).hasMessageContaining("key must be a list of numbers");
        assertThatThrownBy(() -> settings(Arrays.asList(1, null)).numbers("key"))
                .hasMessageContaining("key must be a number, not 'null'");
        assertThatThrownBy(() -> settings("none").choice("key", SolverType.BH1))
                .hasMessageContaining("key 'none' is not supported");
    }

    @Test
    void whatThereIsNoCodeForIsRefusedByName() {
        assertThatThrownBy(() -> settings(true).refuse("key")).hasMessageContaining("key is not supported");
        settings(false).refuse("key");
        assertThatThrownBy(() -> settings(false).refuseAny("key")).hasMessageContaining("key is not supported");
        assertThatThrownBy(() -> settings("b").require("key", "a")).hasMessageContaining("key 'b' is not supported");
        settings("a").require("key", "a");
    }

    @Test
    void aLongTextIsCutInMessages() {
        assertThat(Settings.shown("x".repeat(80))).isEqualTo("'" + "x".repeat(80) + "'");
        assertThat(Settings.shown("x".repeat(81))).isEqualTo("'" + "x".repeat(80) + "…'");
        assertThat(Settings.shown("a\nb")).isEqualTo("'a?b'");
    }
}
