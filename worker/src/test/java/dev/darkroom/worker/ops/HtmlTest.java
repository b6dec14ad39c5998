package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class HtmlTest {
    @Test
    void valuesAreTextWhateverTheyAre() {
        assertThat(new Html().add("<a title=\"{}\">{}</a>", "\"'<&>", "{}</a><b>\0\r\n"))
                .hasToString("<a title=\"&quot;&#39;&lt;&amp;&gt;\">{}&lt;/a&gt;&lt;b&gt;\ufffd\ufffd\n</a>");
    }

    @Test
    void aTemplateHasAGapForEachValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Html().add("<b>", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Html().add("{}{}", "x"));
    }
}
