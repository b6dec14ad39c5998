package dev.darkroom.worker.ops;

import dev.darkroom.client.Lane;
import dev.darkroom.job.Violation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The admin page: the worker's status, and forms for what can be done. It is whole without its script, which only keeps it
 * up to date from {@code /status}, by the same rows. Stateless.
 */
final class StatusPage {
    private static final WorkerStatus.Job NO_JOB = new WorkerStatus.Job(Optional.empty(), "", "", 0, 0, 0);
    private static final WorkerStatus.Seat NO_SEAT = new WorkerStatus.Seat("", 0);
    private static final WorkerStatus.LaneUse NO_LANE = new WorkerStatus.LaneUse("", 0, 0, 0);
    private static final long MEGABYTE = 1_000_000;

    private final Html html = new Html();
    private final WorkerStatus status;
    private final boolean actions;

    private StatusPage(WorkerStatus status, boolean actions) {
        this.status = status;
        this.actions = actions;
    }

    /**
     * Writes the page.
     *
     * @param actions whether there is a token, so that something can be done
     * @param notice what came of the latest action
     * @param form what its fields have
     */
    static String write(WorkerStatus status, boolean actions, Notice notice, JobForm form) {
        StatusPage page = new StatusPage(status, actions);
        page.head(notice);
        page.jobs();
        page.call();
        page.lanes();
        page.models();
        page.pictures();
        if (actions) {
            page.form(notice, form);
        } else {
            page.html.add("<p>To cancel and send jobs here, set admin.token.</p>");
        }
        page.html.add("</main></body></html>\n");
        return page.html.toString();
    }

    private void head(Notice notice) {
        html.add("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.add("<title>{} – Darkroom</title>", status.worker());
        html.add("<link rel=\"icon\" href=\"/assets/icon.svg\"><link rel=\"stylesheet\" href=\"/assets/admin.css\">"
                + "<script src=\"/assets/admin.js\" defer></script></head><body>");
        html.add("<a class=\"skip\" href=\"#jobs-title\">Skip to the jobs</a><header><h1>Darkroom</h1>");
        html.add(
                "<p>Worker <b>{}</b>, version {}: <strong id=\"state\">{}</strong> <span id=\"obstacle\">{}</span></p>",
                status.worker(),
                status.version(),
                status.state(),
                status.obstacle().orElse(""));
        html.add(
                "<noscript><p>This page does not follow the worker without JavaScript. <a href=\"/\">Load it again</a>."
                        + "</p></noscript></header><main>");
        html.add("<p id=\"notice\" role=\"status\" tabindex=\"-1\">{}</p>", notice.message());
    }

    private void jobs() {
        html.add("<section aria-labelledby=\"jobs-title\"><h2 id=\"jobs-title\" tabindex=\"-1\">Jobs here</h2>"
                + "<form method=\"post\" action=\"/cancel\" id=\"cancel\">");
        // Without it the key Enter in the token's field would press the first job's button.
        html.add("<button type=\"submit\" disabled hidden></button>");
        html.add(
                "<table><thead><tr><th scope=\"col\">Job</th><th scope=\"col\">Model</th><th scope=\"col\">Pictures</th>"
                        + "<th scope=\"col\">Lane</th><th scope=\"col\">Phase</th><th scope=\"col\">Steps</th>"
                        + "<th scope=\"col\">Here for</th><th scope=\"col\">Had waited</th>");
        html.add(actions ? "<th scope=\"col\">Action</th></tr></thead>" : "</tr></thead>");
        html.add("<tbody id=\"jobs\">");
        status.jobs().forEach(this::job);
        html.add("</tbody></table><template id=\"jobs-row\">");
        job(NO_JOB);
        html.add("</template>");
        none("jobs", status.jobs(), "None.");
        if (actions) {
            html.add("<p><label>Token <input type=\"password\" name=\"token\" id=\"token\""
                    + " autocomplete=\"current-password\"></label></p>");
        }
        html.add("</form></section>");
    }

    private void job(WorkerStatus.Job job) {
        String id = job.begun().map(BegunJob::id).orElse("");
        int most = Math.max(1, job.begun().map(BegunJob::steps).orElse(1));
        html.add("<tr data-key=\"{}\"><th scope=\"row\" data-cell=\"id\">{}</th>", id, id.isEmpty() ? "…" : id);
        html.add(
                "<td data-cell=\"model\">{}</td><td data-cell=\"size\">{}</td><td data-cell=\"lane\">{}</td>"
                        + "<td data-cell=\"phase\">{}</td>",
                job.begun().map(BegunJob::model).orElse(""),
                job.begun().map(StatusPage::size).orElse(""),
                job.lane(),
                job.phase());
        html.add(
                "<td><progress data-cell=\"bar\" max=\"{}\" value=\"{}\" aria-label=\"Steps of {}\"></progress>"
                        + " <span data-cell=\"steps\">{}</span></td>",
                most,
                job.steps(),
                id,
                job.begun().isPresent() ? job.steps() + "/" + most : "");
        html.add("<td data-cell=\"seconds\">{} s</td><td data-cell=\"waited\">{} s</td>", job.seconds(), job.waited());
        if (actions) {
            html.add(
                    id.isEmpty()
                            ? "<td><button name=\"job\" data-cell=\"cancel\" value=\"{}\" aria-label=\"Cancel {}\""
                                    + " hidden>Cancel</button></td>"
                            : "<td><button name=\"job\" data-cell=\"cancel\" value=\"{}\" aria-label=\"Cancel {}\">"
                                    + "Cancel</button></td>",
                    id,
                    id);
        }
        html.add("</tr>");
    }

    private static String size(BegunJob job) {
        return job.pictures() + " of " + job.width() + "x" + job.height();
    }

    /** What is said where a list is empty. */
    private void none(String name, List<?> list, String text) {
        html.add(list.isEmpty() ? "<p id=\"{}-none\">{}</p>" : "<p id=\"{}-none\" hidden>{}</p>", name, text);
    }

    private void call() {
        int rows = status.call().stream().mapToInt(WorkerStatus.Seat::rows).sum();
        html.add("<section aria-labelledby=\"call-title\"><h2 id=\"call-title\">The call of the UNet</h2>");
        html.add("<p><span id=\"rows\">{}</span> rows</p><ul id=\"call\">", rows);
        status.call().forEach(this::seat);
        html.add("</ul><template id=\"call-row\">");
        seat(NO_SEAT);
        html.add("</template>");
        none("call", status.call(), "None runs.");
        html.add("</section>");
    }

    private void seat(WorkerStatus.Seat seat) {
        html.add("<li data-key=\"{}\"><span data-cell=\"job\">{}</span>: ", seat.job(), seat.job());
        html.add("<span data-cell=\"rows\">{}</span> rows</li>", seat.rows());
    }

    private void lanes() {
        html.add("<section aria-labelledby=\"lanes-title\"><h2 id=\"lanes-title\">Lanes</h2><table><thead><tr>"
                + "<th scope=\"col\">Lane</th><th scope=\"col\">Weight</th><th scope=\"col\">Jobs here</th>"
                + "<th scope=\"col\">Slots</th></tr></thead><tbody id=\"lanes\">");
        status.lanes().forEach(this::lane);
        html.add("</tbody></table><template id=\"lanes-row\">");
        lane(NO_LANE);
        html.add("</template>");
        none("lanes", status.lanes(), "None yet.");
        html.add("<p>How many jobs wait in a lane, its group's lag says, not a worker.</p></section>");
    }

    private void lane(WorkerStatus.LaneUse lane) {
        html.add(
                "<tr data-key=\"{}\"><th scope=\"row\" data-cell=\"lane\">{}</th><td data-cell=\"weight\">{}</td>"
                        + "<td data-cell=\"running\">{}</td><td data-cell=\"slots\">{}</td></tr>",
                lane.lane(),
                lane.lane(),
                lane.weight(),
                lane.running(),
                lane.slots());
    }

    private void models() {
        html.add("<section aria-labelledby=\"models-title\"><h2 id=\"models-title\">Models</h2>");
        html.add(
                "<p>In memory: <span id=\"loaded\">{}</span> (<span id=\"memory\">{}</span> MB). Known: "
                        + "<span id=\"known\">{}</span>.</p></section>",
                listed(status.models().loaded()),
                status.models().bytes() / MEGABYTE,
                listed(status.models().known()));
    }

    private static String listed(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private void pictures() {
        html.add("<section aria-labelledby=\"pictures-title\"><h2 id=\"pictures-title\">Latest pictures</h2>"
                + "<div id=\"pictures\">");
        status.pictures().forEach(this::picture);
        html.add("</div><template id=\"pictures-row\"><figure><img alt=\"\" data-cell=\"image\"><figcaption"
                + " data-cell=\"job\"></figcaption></figure></template>");
        none("pictures", status.pictures(), "None. admin.pictures says how many are kept for this page.");
        html.add("</section>");
    }

    private void picture(WorkerStatus.Shown picture) {
        html.add(
                "<figure data-key=\"{}\"><img src=\"/pictures/{}.jpg\" alt=\"A picture of {}\" width=\"{}\" height=\"{}\""
                        + " data-cell=\"image\"><figcaption data-cell=\"job\">{}</figcaption></figure>",
                picture.number(),
                picture.number(),
                picture.job(),
                picture.width(),
                picture.height(),
                picture.job());
    }

    private void form(Notice notice, JobForm form) {
        html.add("<section aria-labelledby=\"submit-title\"><h2 id=\"submit-title\">Send a job</h2>"
                + "<form method=\"post\" action=\"/submit\" id=\"submit\" novalidate>");
        for (JobForm.Field field : JobForm.Field.values()) {
            field(field, form.value(field.key), problem(notice, field.key));
        }
        html.add("<p class=\"field\"><label for=\"f-lane\">Lane</label><select id=\"f-lane\" name=\"lane\">");
        for (Lane lane : Lane.values()) {
            String chosen = form.value(JobForm.LANE).isEmpty() ? Lane.NORMAL.label() : form.value(JobForm.LANE);
            option(lane.label(), lane.label(), chosen);
        }
        html.add("</select></p>");
        html.add("<p class=\"field\"><label for=\"f-token\">Token</label><input type=\"password\" id=\"f-token\""
                + " name=\"token\" autocomplete=\"current-password\"></p><ul id=\"problems\">");
        notice.problems().forEach(problem -> html.add("<li>{}</li>", problem));
        html.add("</ul><p><button type=\"submit\">Send</button></p></form></section>");
    }

    private static Optional<String> problem(Notice notice, String field) {
        List<Violation> problems = notice.problems();
        String all = problems.stream()
                .filter(problem -> problem.field().equals(field))
                .map(Violation::message)
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? Optional.empty() : Optional.of(all);
    }

    private void field(JobForm.Field field, String value, Optional<String> problem) {
        html.add("<p class=\"field\"><label for=\"f-{}\">{}</label>", field.key, field.label);
        String invalid = problem.isPresent() ? " aria-invalid=\"true\"" : "";
        String start = " id=\"f-{}\" name=\"{}\" aria-describedby=\"p-{}\"" + invalid;
        switch (field.kind) {
            case LONG_TEXT ->
                html.add(
                        "<textarea rows=\"2\" maxlength=\"4000\"" + start + ">\n{}</textarea>",
                        field.key,
                        field.key,
                        field.key,
                        value);
            case MODEL -> {
                html.add("<select" + start + ">", field.key, field.key, field.key);
                option("", "the worker's default", value);
                status.models().known().forEach(model -> option(model, model, value));
                html.add("</select>");
            }
            case NUMBER ->
                html.add(
                        "<input inputmode=\"decimal\" value=\"{}\"" + start + ">",
                        value,
                        field.key,
                        field.key,
                        field.key);
            case TEXT -> html.add("<input value=\"{}\"" + start + ">", value, field.key, field.key, field.key);
        }
        html.add("<span class=\"problem\" id=\"p-{}\">{}</span></p>", field.key, problem.orElse(""));
    }

    private void option(String value, String label, String chosen) {
        html.add(
                value.equals(chosen) ? "<option value=\"{}\" selected>{}</option>" : "<option value=\"{}\">{}</option>",
                value,
                label);
    }
}
