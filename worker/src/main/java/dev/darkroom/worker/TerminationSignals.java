package dev.darkroom.worker;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGTERM and SIGINT do. Not by a shutdown hook: hooks run side by side, and ONNX Runtime's own hook frees its
 * environment at once, under the networks that a draining worker still runs; the process then aborts. A handled signal
 * starts no shutdown: the worker drains, the command returns, and only then the JVM ends.
 */
final class TerminationSignals {
    private static final Logger log = LoggerFactory.getLogger(TerminationSignals.class);

    private TerminationSignals() {}

    /**
     * Runs the action, on a thread of the JVM's, at each SIGTERM and SIGINT; takes the place of an earlier action.
     *
     * @param action is told the signal's number
     */
    static void handle(IntConsumer action) {
        try {
            // By reflection, because the compiler warns of the class and cannot be told not to (jdk.unsupported).
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    TerminationSignals.class.getClassLoader(), new Class<?>[] {handler}, running(action));
            Method register = signal.getMethod("handle", signal, handler);
            for (String name : List.of("TERM", "INT")) {
                register.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            log.warn("Signals cannot be handled here (-Xrs?): SIGTERM ends this process at once", e);
        }
    }

    /** Of the signal that is a handler's only argument. */
    private static int number(Object... signal) throws ReflectiveOperationException {
        return (Integer) signal[0].getClass().getMethod("getNumber").invoke(signal[0]);
    }

    @SuppressWarnings("ReferenceEquality") // a proxy's identity is its equality
    private static InvocationHandler running(IntConsumer action) {
        return (proxy, method, arguments) -> switch (method.getName()) {
            case "equals" -> arguments != null && proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            case "toString" -> "TerminationSignals";
            default -> {
                action.accept(number(arguments));
                yield null; // handle(Signal) returns nothing
            }
        };
    }
}
