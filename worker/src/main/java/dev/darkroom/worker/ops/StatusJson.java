package dev.darkroom.worker.ops;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A worker's status, and what came of an action, as JSON. Fields are added, never changed. Stateless. */
final class StatusJson {
    private static final JsonMapper JSON = new JsonMapper();

    private StatusJson() {}

    static String write(WorkerStatus status) {
        ObjectNode json = JSON.createObjectNode()
                .put("worker", status.worker())
                .put("version", status.version())
                .put("state", status.state());
        status.obstacle().ifPresent(obstacle -> json.put("obstacle", obstacle));
        ArrayNode jobs = json.putArray("jobs");
        status.jobs().forEach(job -> add(jobs.addObject(), job));
        ArrayNode call = json.putArray("call");
        status.call().forEach(seat -> call.addObject().put("job", seat.job()).put("rows", seat.rows()));
        ArrayNode lanes = json.putArray("lanes");
        status.lanes()
                .forEach(lane -> lanes.addObject()
                        .put("lane", lane.lane())
                        .put("weight", lane.weight())
                        .put("slots", lane.slots())
                        .put("running", lane.running()));
        ObjectNode models = json.putObject("models");
        ArrayNode known = models.putArray("known");
        status.models().known().forEach(known::add);
        ArrayNode loaded = models.putArray("loaded");
        status.models().loaded().forEach(loaded::add);
        models.put("bytes", status.models().bytes());
        ArrayNode pictures = json.putArray("pictures");
        status.pictures()
                .forEach(picture -> pictures.addObject()
                        .put("number", picture.number())
                        .put("job", picture.job())
                        .put("width", picture.width())
                        .put("height", picture.height()));
        return json.toString();
    }

    private static void add(ObjectNode json, WorkerStatus.Job job) {
        job.begun()
                .ifPresent(begun -> json.put("id", begun.id())
                        .put("attempt", begun.attempt())
                        .put("model", begun.model())
                        .put("width", begun.width())
                        .put("height", begun.height())
                        .put("pictures", begun.pictures())
                        .put("steps", begun.steps()));
        json.put("lane", job.lane())
                .put("phase", job.phase())
                .put("step", job.steps())
                .put("seconds", job.seconds())
                .put("waited", job.waited());
    }

    static String write(Notice notice) {
        ObjectNode json = JSON.createObjectNode().put("message", notice.message());
        ArrayNode problems = json.putArray("problems");
        notice.problems()
                .forEach(problem ->
                        problems.addObject().put("field", problem.field()).put("message", problem.message()));
        return json.toString();
    }
}
