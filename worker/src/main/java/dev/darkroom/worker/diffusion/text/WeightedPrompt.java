package dev.darkroom.worker.diffusion.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt in the syntax of A1111's web UI: {@code (text)} weighs 1.1 times as much, {@code (text:1.3)} 1.3 times,
 * {@code [text]} as much as divided by 1.1; brackets nest. A backslash makes a bracket, or another backslash, an ordinary
 * character. A bracket that is not closed holds to the end; one that was not opened is an ordinary character. {@code
 * BREAK} begins a new section.
 *
 * @param sections at least one, in order; one without parts is empty
 */
public record WeightedPrompt(List<List<Part>> sections) {
    private static final double MORE = 1.1;
    private static final double LESS = 1 / 1.1;

    /** What may follow a colon for it to be a weight: a number and the closing bracket. */
    private static final Pattern WEIGHT = Pattern.compile(":\\s*([+-]?[.\\d]+)\\s*\\)");

    private static final Pattern BREAK = Pattern.compile("\\s*\\bBREAK\\b\\s*");

    public WeightedPrompt {
        sections = sections.stream().map(List::copyOf).toList();
    }

    /**
     * A piece of text of one weight. Neighbours have different ones.
     *
     * @param weight 1 for ordinary text; may be zero, negative, or not finite in a prompt of thousands of brackets
     */
    public record Part(String text, double weight) {}

    /** Reads a prompt. Every text is one. */
    public static WeightedPrompt parse(String prompt) {
        return new Reader(prompt).read();
    }

    /** Goes through a prompt once, and keeps the runs of text of which a later bracket may change the weight. */
    private static final class Reader {
        private final String prompt;
        private final List<Run> runs = new ArrayList<>();
        private final Deque<Integer> round = new ArrayDeque<>();
        private final Deque<Integer> square = new ArrayDeque<>();

        Reader(String prompt) {
            this.prompt = prompt;
        }

        WeightedPrompt read() {
            Matcher weight = WEIGHT.matcher(prompt);
            for (int at = 0; at < prompt.length(); ) {
                at = readAt(at, weight);
            }
            round.forEach(from -> multiply(from, MORE));
            square.forEach(from -> multiply(from, LESS));
            return new WeightedPrompt(sections());
        }

        /** Reads one mark or one run of text; returns where the next begins. */
        private int readAt(int at, Matcher weight) {
            char c = prompt.charAt(at);
            if (c == '\\') {
                return escaped(at);
            }
            if (c == '(') {
                round.push(runs.size());
            } else if (c == '[') {
                square.push(runs.size());
            } else if (c == ')' && !round.isEmpty()) {
                multiply(round.pop(), MORE);
            } else if (c == ']' && !square.isEmpty()) {
                multiply(square.pop(), LESS);
            } else if (c == ':'
                    && !round.isEmpty()
                    && weight.region(at, prompt.length()).lookingAt()) {
                return weighted(at, weight);
            } else {
                int end = textEnd(at);
                addText(prompt.substring(at, end));
                return end;
            }
            return at + 1;
        }

        private int weighted(int at, Matcher weight) {
            OptionalDouble number = number(weight.group(1));
            if (number.isEmpty()) {
                addText(":");
                return at + 1;
            }
            multiply(round.pop(), number.getAsDouble());
            return weight.end();
        }

        private static OptionalDouble number(String text) {
            try {
                return OptionalDouble.of(Double.parseDouble(text));
            } catch (NumberFormatException e) {
                return OptionalDouble.empty(); // 1.2.3 is none
            }
        }

        /** A backslash before anything else stands for nothing. */
        private int escaped(int at) {
            boolean mark = at + 1 < prompt.length() && "()[]\\".indexOf(prompt.charAt(at + 1)) >= 0;
            if (mark) {
                runs.add(new Run(prompt.substring(at + 1, at + 2), false));
            }
            return at + (mark ? 2 : 1);
        }

        /** A first character that is a mark is ordinary here, for nothing else took it. */
        private int textEnd(int at) {
            int end = at + 1;
            while (end < prompt.length() && "\\()[]:".indexOf(prompt.charAt(end)) < 0) {
                end++;
            }
            return end;
        }

        private void addText(String text) {
            String[] pieces = BREAK.split(text, -1);
            for (int i = 0; i < pieces.length; i++) {
                if (i > 0) {
                    runs.add(new Run("", true));
                }
                runs.add(new Run(pieces[i], false));
            }
        }

        private void multiply(int from, double factor) {
            runs.subList(from, runs.size()).forEach(run -> run.weight *= factor);
        }

        private List<List<Part>> sections() {
            List<List<Part>> sections = new ArrayList<>();
            List<Part> section = new ArrayList<>();
            for (Run run : runs) {
                if (run.breaks) {
                    sections.add(section);
                    section = new ArrayList<>();
                } else if (!run.text.isEmpty()) {
                    append(section, run);
                }
            }
            sections.add(section);
            return sections;
        }

        /** Words of one weight stay together: cut apart, they would be other tokens. */
        private static void append(List<Part> section, Run run) {
            int last = section.size() - 1;
            if (last >= 0 && Double.compare(section.get(last).weight(), run.weight) == 0) {
                section.set(last, new Part(section.get(last).text() + run.text, run.weight));
            } else {
                section.add(new Part(run.text, run.weight));
            }
        }
    }

    /** Text, or the end of a section, whose weight the brackets around it are still changing. */
    private static final class Run {
        private final String text;
        private final boolean breaks;
        private double weight = 1;

        Run(String text, boolean breaks) {
            this.text = text;
            this.breaks = breaks;
        }
    }
}
