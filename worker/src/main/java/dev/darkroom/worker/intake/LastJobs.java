package dev.darkroom.worker.intake;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where the last job of each tenant lies in one partition. Of more tenants than there is room for, those whose last job
 * lies foremost are forgotten. Safe for use by several threads.
 */
final class LastJobs {
    private final int most;
    private final Map<Tenant, Long> offsets = new HashMap<>(); // guarded by this
    private final TreeMap<Long, Tenant> tenants = new TreeMap<>(); // guarded by this; the same the other way round

    /**
     * Knows nothing yet.
     *
     * @param most how many tenants there is room for
     */
    LastJobs(int most) {
        this.most = most;
    }

    /** Takes note of a job; jobs come in the order of their offsets. */
    synchronized void add(Tenant tenant, long offset) {
        Optional.ofNullable(offsets.remove(tenant)).ifPresent(tenants::remove);
        Optional.ofNullable(tenants.put(offset, tenant)).ifPresent(offsets::remove);
        offsets.put(tenant, offset);
        while (tenants.size() > most) {
            offsets.remove(tenants.pollFirstEntry().getValue());
        }
    }

    /** The tenants that have a job behind an offset. */
    synchronized Set<Tenant> behind(long offset) {
        return new HashSet<>(tenants.tailMap(offset, false).values());
    }
}
