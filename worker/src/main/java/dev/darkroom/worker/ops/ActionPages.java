package dev.darkroom.worker.ops;

import dev.darkroom.client.JobClientException;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.InvalidJobException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done from the page, for whoever has the token. Answers with the page, or with JSON for its script. Called by
 * one thread at a time.
 */
final class ActionPages {
    private static final Logger log = LoggerFactory.getLogger(ActionPages.class);
    private static final long NANOS_BETWEEN_WARNINGS = 10_000_000_000L;

    private final AdminToken token;
    private final JobActions actions;
    private final Supplier<WorkerStatus> status;
    private final LongSupplier nanoTime;
    private final AtomicLong quietUntil;

    ActionPages(AdminToken token, JobActions actions, Supplier<WorkerStatus> status, LongSupplier nanoTime) {
        this.token = token;
        this.actions = actions;
        this.status = status;
        this.nanoTime = nanoTime;
        this.quietUntil = new AtomicLong(nanoTime.getAsLong());
    }

    /** Something that is done with a form. */
    private interface Action {
        Notice run(Map<String, String> form) throws InterruptedException;
    }

    AdminReply cancel(AdminRequest request) throws InterruptedException {
        return act(request, this::cancel);
    }

    AdminReply submit(AdminRequest request) throws InterruptedException {
        return act(request, this::submit);
    }

    private AdminReply act(AdminRequest request, Action action) throws InterruptedException {
        Optional<Map<String, String>> form = request.form();
        if (form.isEmpty()) {
            return reply(request, new Notice(AdminReply.BAD_REQUEST, "This is not a form."), Map.of());
        }
        if (!token.isSet()) {
            return reply(
                    request,
                    new Notice(AdminReply.FORBIDDEN, "Nothing can be done here: admin.token is not set."),
                    form.get());
        }
        if (!token.isIn(request, Optional.ofNullable(form.get().get("token")))) {
            warn(request);
            return reply(request, new Notice(AdminReply.FORBIDDEN, "The token is missing or wrong."), form.get());
        }
        Notice notice;
        try {
            notice = action.run(form.get());
        } catch (JobClientException e) {
            log.warn("The admin page could not reach Kafka: {}", e.getMessage());
            notice = new Notice(AdminReply.BAD_GATEWAY, "Kafka did not take it in time; it may have it all the same.");
        }
        return reply(request, notice, form.get());
    }

    /** Whoever tries many tokens fills no log. */
    private void warn(AdminRequest request) {
        long now = nanoTime.getAsLong();
        if (now - quietUntil.get() >= 0) {
            quietUntil.set(now + NANOS_BETWEEN_WARNINGS);
            log.warn("The admin page refused {}: the token is missing or wrong", request.path());
        }
    }

    private Notice cancel(Map<String, String> form) throws InterruptedException {
        CancelRequest request;
        try {
            request = new CancelRequest(form.getOrDefault("job", ""), Optional.empty());
        } catch (IllegalArgumentException e) {
            return new Notice(AdminReply.BAD_REQUEST, "This is no job's id.");
        }
        actions.cancel(request.jobId());
        log.info("Job {}: the admin page asked for it to be cancelled", request.jobId());
        return new Notice(AdminReply.OK, "Asked that job " + request.jobId() + " be cancelled.");
    }

    private Notice submit(Map<String, String> form) throws InterruptedException {
        JobForm.Order order;
        try {
            order = new JobForm(form).read();
        } catch (InvalidJobException e) {
            return new Notice(AdminReply.BAD_REQUEST, "The job was not sent: it is not valid.", e.violations());
        }
        actions.submit(order.job(), order.lane());
        log.info("Job {}: sent by the admin page", order.job().id());
        return new Notice(AdminReply.OK, "Sent job " + order.job().id() + ".");
    }

    private AdminReply reply(AdminRequest request, Notice notice, Map<String, String> form) {
        if (request.wantsJson()) {
            return AdminReply.json(notice.status(), StatusJson.write(notice));
        }
        JobForm shown = new JobForm(notice.status() == AdminReply.OK ? Map.of() : form);
        return AdminReply.html(notice.status(), StatusPage.write(status.get(), token.isSet(), notice, shown));
    }
}
