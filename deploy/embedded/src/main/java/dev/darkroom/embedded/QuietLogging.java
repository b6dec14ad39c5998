package dev.darkroom.embedded;

/**
 * What the embedded programs log: warnings, on standard error. A {@code logback.xml} in this jar would do the same to
 * every module that has it on its class path.
 */
final class QuietLogging {
    private QuietLogging() {}

    /** Takes effect if nothing was logged yet; what the user set stays. */
    static void install() {
        setIfAbsent("logback.configurationFile", "dev/darkroom/embedded/quiet-logback.xml");
        // One class of the broker asks Log4j's API, which has no backend here and says so.
        setIfAbsent("log4j2.StatusLogger.level", "OFF");
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
