package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.develop.Share;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Tenant;

/** How jobs share the device: by their lane, and by whom they are for. */
record DeviceShares(TopicsConfig topics, LanesConfig lanes) {
    /** A job's share; a record of a topic that is no lane's has the normal one. */
    Share of(JobRecord record) {
        Lane lane = topics.lane(record.topic()).orElse(Lane.NORMAL);
        return new Share(
                lane.label(), Math.max(1, lanes.weight(lane)), Tenant.of(record).name());
    }
}
