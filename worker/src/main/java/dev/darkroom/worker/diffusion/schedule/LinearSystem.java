package dev.darkroom.worker.diffusion.schedule;

/** Small systems of linear equations. */
final class LinearSystem {
    private LinearSystem() {}

    /**
     * Solves by elimination, larger pivots first.
     *
     * @param rows n rows of n coefficients and the right-hand side; used up
     */
    static double[] solve(double[][] rows) {
        int n = rows.length;
        for (int column = 0; column < n; column++) {
            pivot(rows, column);
            for (int row = 0; row < n; row++) {
                if (row != column) {
                    double factor = rows[row][column] / rows[column][column];
                    for (int k = column; k <= n; k++) {
                        rows[row][k] -= factor * rows[column][k];
                    }
                }
            }
        }
        double[] solution = new double[n];
        for (int row = 0; row < n; row++) {
            solution[row] = rows[row][n] / rows[row][row];
        }
        return solution;
    }

    private static void pivot(double[][] rows, int column) {
        int best = column;
        for (int row = column + 1; row < rows.length; row++) {
            if (Math.abs(rows[row][column]) > Math.abs(rows[best][column])) {
                best = row;
            }
        }
        double[] moved = rows[best];
        rows[best] = rows[column];
        rows[column] = moved;
    }
}
