package dev.darkroom.worker.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import dev.darkroom.worker.config.LogConfig;
import java.util.Iterator;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Has the log of this process written in the format that is set. What came before the settings were read is text. */
public final class LogFormats {
    private LogFormats() {}

    /**
     * Changes the log's format. JSON takes in the lines of libraries that use the JDK's logging, for all lines are to be JSON.
     *
     * @param log {@code TEXT} leaves everything as {@code logback.xml} has it
     */
    public static void use(LogConfig log) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (log.format() == LogConfig.Format.JSON && factory instanceof LoggerContext context) {
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
            useJson(context);
        }
    }

    private static void useJson(LoggerContext context) {
        Iterator<Appender<ILoggingEvent>> appenders =
                context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
        while (appenders.hasNext()) {
            if (appenders.next() instanceof OutputStreamAppender<ILoggingEvent> appender) {
                JsonLines lines = new JsonLines();
                lines.setContext(context);
                lines.start();
                appender.setEncoder(lines);
            }
        }
        context.getLogger(StageLog.LOGGER).setLevel(Level.INFO);
    }
}
