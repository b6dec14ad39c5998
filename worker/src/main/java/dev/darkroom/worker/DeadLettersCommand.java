package dev.darkroom.worker;

import picocli.CommandLine.Command;

@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Jobs that failed for good: lists them, shows one, sends them back to be tried anew.",
        subcommands = {ListLettersCommand.class, ShowLetterCommand.class, SendBackCommand.class})
final class DeadLettersCommand {}
