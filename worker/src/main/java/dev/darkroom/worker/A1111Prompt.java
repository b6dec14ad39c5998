package dev.darkroom.worker;

import dev.darkroom.job.JobRules;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a prompt of A1111's web UI may have, and a weighted one of Darkroom's does not. */
final class A1111Prompt {
    private static final Pattern TAG = Pattern.compile("<(\\w{1,40}):");
    private static final Pattern AND = Pattern.compile("\\bAND\\b");
    private static final Pattern WHEN = Pattern.compile(":\\s*[-+]?[0-9.]{1,20}([eE][-+]?[0-9]{1,20})?\\s*$");

    /** Of a longer text in brackets its end is looked at: brackets within brackets are not to cost their product. */
    private static final int LONGEST = 1000;

    private A1111Prompt() {}

    /** @throws IOException when there is something in it that would be read as mere text; nothing else is quoted */
    static void check(String prompt) throws IOException {
        Matcher tag = TAG.matcher(prompt);
        while (tag.find()) {
            if (!tag.group(1).equals("lora")) {
                throw unsupported("<" + JobRules.quoted(tag.group(1)) + ":…>");
            }
        }
        if (AND.matcher(prompt).find()) {
            throw unsupported("AND between prompts");
        }
        checkBrackets(prompt);
    }

    private static void checkBrackets(String prompt) throws IOException {
        Deque<Integer> open = new ArrayDeque<>();
        int bar = -1;
        for (int at = 0; at < prompt.length(); at++) {
            switch (prompt.charAt(at)) {
                case '\\' -> at++;
                case '|' -> bar = at;
                case '[' -> open.push(at + 1);
                case ']' -> {
                    if (!open.isEmpty()) {
                        checkBracket(prompt, open.pop(), at, bar);
                    }
                }
                default -> {}
            }
        }
    }

    private static void checkBracket(String prompt, int start, int end, int bar) throws IOException {
        if (bar >= start) {
            throw unsupported("[one|other], which alternates");
        }
        if (WHEN.matcher(prompt.substring(Math.max(start, end - LONGEST), end)).find()) {
            throw unsupported("[from:to:when], which changes while a picture is made");
        }
    }

    private static IOException unsupported(String what) {
        return new IOException("A prompt has " + what + ": Darkroom does not do that");
    }
}
