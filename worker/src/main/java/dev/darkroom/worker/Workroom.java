package dev.darkroom.worker;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where jobs are worked on: several together, but one that workers have died of by itself, so that it takes no other with
 * it. Who comes first enters first, so nobody waits for ever: not the one that wants to be alone, nor those behind it. Safe
 * for use by several threads.
 */
final class Workroom {
    /** Whom a job is worked on with. */
    enum Company {
        OTHERS,
        NOBODY
    }

    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Condition changed = lock.newCondition();
    private final Deque<Place> waiting = new ArrayDeque<>(); // in the order in which they came
    private int inside;
    private boolean taken; // by one that is alone

    /** A job's place in the room; closed by any thread when the job is done with. */
    final class Place implements AutoCloseable {
        private final Company company;
        private boolean entered; // guarded by the lock

        private Place(Company company) {
            this.company = company;
        }

        private boolean mayEnter() {
            return waiting.peekFirst() == this && !taken && (company == Company.OTHERS || inside == 0);
        }

        /** Idempotent. */
        @Override
        public void close() {
            lock.lock();
            try {
                if (entered) {
                    entered = false;
                    inside--;
                    taken = false;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Enters, or waits until that is possible.
     *
     * @param stop ends the wait
     * @throws StoppedException when it was raised before the place was free
     */
    Place enter(Company company, StopSignal stop) throws StoppedException, InterruptedException {
        Place place = new Place(company);
        stop.whenRaised(this::wakeAll);
        lock.lockInterruptibly();
        try {
            waiting.addLast(place);
            try {
                while (!place.mayEnter()) {
                    if (stop.isRaised()) {
                        throw new StoppedException();
                    }
                    changed.await();
                }
                place.entered = true;
                inside++;
                taken = company == Company.NOBODY;
                return place;
            } finally {
                waiting.remove(place);
                changed.signalAll(); // the next one may enter too, or need not wait for this one any more
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many wait to enter. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void wakeAll() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
