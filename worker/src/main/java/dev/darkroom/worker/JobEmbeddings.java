package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.diffusion.text.WeightedPrompt;
import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The textual inversions whose words are in a job's prompts, told from their tokens. */
final class JobEmbeddings {
    private JobEmbeddings() {}

    /** Those that the text encoder reads: a word behind the end of a plain prompt's row is not among them. */
    static List<AppliedEmbedding> used(GenerationJob job, LoadedModel model) {
        if (model.embeddings().isEmpty()) {
            return List.of();
        }
        Set<Integer> tokens = Stream.of(JobLoras.prompt(job), job.negativePrompt())
                .flatMap(prompt -> Arrays.stream(rows(prompt, job, model).ids()))
                .flatMap(row -> Arrays.stream(row).boxed())
                .collect(Collectors.toSet());
        return model.embeddings().stream()
                .filter(embedding -> tokens.contains(embedding.token()))
                .toList();
    }

    private static TokenRows rows(String prompt, GenerationJob job, LoadedModel model) {
        return job.promptSyntax() == PromptSyntax.WEIGHTED
                ? TokenRows.weighted(model.tokenizer(), WeightedPrompt.parse(prompt))
                : TokenRows.plain(model.tokenizer(), List.of(prompt));
    }
}
