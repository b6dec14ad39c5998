package dev.darkroom.worker;

import dev.darkroom.worker.intake.LetterPosition;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a dead letter's position from the command line. */
final class LetterPositionConverter implements ITypeConverter<LetterPosition> {
    @Override
    public LetterPosition convert(String text) {
        return LetterPosition.parse(text)
                .orElseThrow(() -> new TypeConversionException(
                        "\"" + text + "\" is not a position such as 0@12 (partition@offset, as list prints it)"));
    }
}
