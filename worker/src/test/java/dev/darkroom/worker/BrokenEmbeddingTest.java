package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broken textual inversion of the catalogue fails the jobs whose prompts have its word, and no other. */
class BrokenEmbeddingTest {
    @TempDir
    private Path folder;

    private Path broken;
    private LoadedModel model;

    @BeforeEach
    void load() throws Exception {
        broken = DemoEmbedding.notNumbers(folder.resolve("toy.safetensors"));
        Path whole = DemoEmbedding.write(folder.resolve("ink.safetensors"), 1);
        RuntimeOptions options = new RuntimeOptions(RuntimeOptions.Device.CPU, 1, RuntimeOptions.Memory.FAST_START);
        model = new OnnxModelLoader(options)
                .load(ModelFiles.of("shapes", TestStack.MODELS.resolve("shapes"))
                        .knowing(List.of(file("toy", broken), file("ink", whole))));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static EmbeddingFile file(String id, Path path) {
        return new EmbeddingFile(id, path, Optional.empty(), Optional.empty());
    }

    @Test
    void jobsThatNameItAreRefusedWithItsFile() {
        for (PromptSyntax syntax : PromptSyntax.values()) {
            assertRefused(job("a Toy ring").promptSyntax(syntax));
            assertRefused(job("a ring").negativePrompt("toy").promptSyntax(syntax));
        }
    }

    private void assertRefused(GenerationJob.Builder job) {
        assertThatThrownBy(() -> resolve(job))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContainingAll("'toy'", broken.toString(), "infinite, or none");
    }

    @Test
    void allOthersRun() throws Exception {
        assertThat(JobEmbeddings.used(resolve(job("an ink ring")).job(), model))
                .singleElement()
                .satisfies(used -> assertThat(used.id()).isEqualTo("ink"));
        assertThat(resolve(job("a toyshop").promptSyntax(PromptSyntax.WEIGHTED))
                        .job()
                        .prompt())
                .isEqualTo("a toyshop");
    }

    private static GenerationJob.Builder job(String prompt) {
        return GenerationJob.builder("job", prompt).numInferenceSteps(1);
    }

    private ResolvedJob resolve(GenerationJob.Builder job) throws JobFailedException {
        return JobResolver.resolve(
                job.build(), Optional.empty(), model, model.description().schedulerConfig());
    }
}
