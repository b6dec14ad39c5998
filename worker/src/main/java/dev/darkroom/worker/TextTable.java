package dev.darkroom.worker;

import java.io.PrintStream;
import java.util.List;

/** Rows of text whose columns stand below each other. */
final class TextTable {
    private TextTable() {}

    /** @param rows all of one length, not empty */
    static void print(List<List<String>> rows, PrintStream out) {
        int last = rows.get(0).size() - 1;
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < last; column++) {
                int at = column;
                int width = rows.stream()
                        .mapToInt(other -> other.get(at).length())
                        .max()
                        .orElse(0);
                line.append(row.get(column))
                        .append(" ".repeat(width - row.get(column).length() + 2));
            }
            out.println(line.append(row.get(last)));
        }
    }
}
