package dev.darkroom.worker;

import picocli.CommandLine.Command;

@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "The models that a worker with these settings has: lists them, fetches them, looks into one.",
        subcommands = {ModelsListCommand.class, ModelsPullCommand.class, ModelsInspectCommand.class})
final class ModelsCommand {}
