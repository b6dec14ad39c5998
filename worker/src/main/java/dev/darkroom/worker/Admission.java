package dev.darkroom.worker;

import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.Tenant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * Whether a job that has arrived is begun, or put behind the others of its lane because its tenant has its share of the
 * slots and another one waits. Safe for use by several threads; nothing waits.
 */
final class Admission {
    private final int slots;
    private final BiFunction<JobRecord, Tenant, Set<Tenant>> behind;
    private final Map<String, TenantShares> lanes = new ConcurrentHashMap<>();

    /**
     * Makes an admission.
     *
     * @param slots how many jobs of a lane run at once. With one there are no shares: its holder is the only one
     * @param behind the other tenants that wait behind a job of a tenant; asked only where there are shares
     */
    Admission(int slots, BiFunction<JobRecord, Tenant, Set<Tenant>> behind) {
        this.slots = slots;
        this.behind = behind;
    }

    /**
     * Admits a job, which then counts until it has {@link #ended}; or says which record takes its place at the end of its
     * lane.
     */
    Optional<OutgoingRecord> admit(JobRecord job, Tenant tenant) {
        if (slots == 1 || shares(job).take(tenant, behind.apply(job, tenant))) {
            return Optional.empty();
        }
        Optional<OutgoingRecord> deferred = mayBeDeferred(job) ? DeferralHeaders.defer(job) : Optional.empty();
        if (deferred.isEmpty()) {
            admitAnyway(job, tenant);
        }
        return deferred;
    }

    /** Admits a job whoever waits. */
    void admitAnyway(JobRecord job, Tenant tenant) {
        if (slots > 1) {
            shares(job).take(tenant, Set.of());
        }
    }

    /** A job that was admitted has ended on this worker. */
    void ended(JobRecord job, Tenant tenant) {
        if (slots > 1) {
            shares(job).giveBack(tenant);
        }
    }

    private TenantShares shares(JobRecord job) {
        return lanes.computeIfAbsent(job.topic(), lane -> new TenantShares(slots));
    }

    /**
     * What lay behind a job when it was delivered before may have been done since. What is no job takes no time; and its id
     * is made from where it lies, so two copies would end twice.
     */
    private static boolean mayBeDeferred(JobRecord job) {
        if (job.deliveryCount() > 1) {
            return false;
        }
        try {
            JobCodec.decode(job.value());
            return true;
        } catch (InvalidJobException e) {
            return false;
        }
    }
}
