package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.diffusion.text.WeightedPrompt;
import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.UnusableEmbedding;
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
        Set<Integer> tokens = tokens(job, model);
        return model.embeddings().stream()
                .filter(embedding -> tokens.contains(embedding.token()))
                .toList();
    }

    /** Refuses a job whose prompts have the word of one that the model should know and does not. */
    static void check(GenerationJob job, LoadedModel model) throws JobFailedException {
        if (model.unusableEmbeddings().isEmpty()) {
            return;
        }
        Set<Integer> tokens = tokens(job, model);
        for (UnusableEmbedding embedding : model.unusableEmbeddings()) {
            if (tokens.contains(embedding.token())) {
                throw new JobFailedException(
                        FailureCode.UNSUPPORTED,
                        "The prompts have the word " + JobRules.quoted(embedding.word()) + ". " + embedding.why());
            }
        }
    }

    private static Set<Integer> tokens(GenerationJob job, LoadedModel model) {
        return Stream.of(JobLoras.prompt(job), job.negativePrompt())
                .flatMap(prompt -> Arrays.stream(rows(prompt, job, model).ids()))
                .flatMap(row -> Arrays.stream(row).boxed())
                .collect(Collectors.toSet());
    }

    private static TokenRows rows(String prompt, GenerationJob job, LoadedModel model) {
        return job.promptSyntax() == PromptSyntax.WEIGHTED
                ? TokenRows.weighted(model.tokenizer(), WeightedPrompt.parse(prompt))
                : TokenRows.plain(model.tokenizer(), List.of(prompt));
    }
}
