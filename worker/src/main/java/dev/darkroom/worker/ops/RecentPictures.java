package dev.darkroom.worker.ops;

import dev.darkroom.worker.image.JpegEncoder;
import dev.darkroom.worker.image.Picture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small versions of the latest pictures, as many as were asked for, in memory only. Safe for use by several threads. */
public final class RecentPictures {
    private static final Logger log = LoggerFactory.getLogger(RecentPictures.class);

    /** Keeps none. */
    public static final RecentPictures NONE = new RecentPictures(0);

    private static final int LONGEST_SIDE = 128;
    private static final int QUALITY = 70;
    private static final int CHANNELS = 3;
    /** No JPEG of so few pixels comes near; one that did is not kept. */
    private static final int MOST_BYTES = 64 << 10;

    private final int most;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Deque<Thumbnail> newestFirst = new ArrayDeque<>();
    private long number;

    @SuppressWarnings("ArrayRecordComponent") // bytes on their way to a browser: never compared, never hashed
    private record Thumbnail(WorkerStatus.Shown shown, byte[] jpeg) {}

    /**
     * None yet.
     *
     * @param most how many are kept; with 0 nothing is done
     */
    public RecentPictures(int most) {
        this.most = most;
    }

    /** Keeps a small version of a job's picture, in the place of the oldest one. A failure is nobody's but the page's. */
    public void add(String job, Picture picture) {
        if (most == 0) {
            return;
        }
        try {
            keep(job, shrink(picture));
        } catch (RuntimeException e) {
            log.warn("Job {}: the admin page has no small version of its picture", job, e);
        }
    }

    private void keep(String job, Picture small) {
        byte[] jpeg = JpegEncoder.encode(small, QUALITY);
        if (jpeg.length > MOST_BYTES) {
            return;
        }
        lock.lock();
        try {
            newestFirst.addFirst(
                    new Thumbnail(new WorkerStatus.Shown(++number, job, small.width(), small.height()), jpeg));
            while (newestFirst.size() > most) {
                newestFirst.removeLast();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Those there are, newest first. */
    public List<WorkerStatus.Shown> shown() {
        lock.lock();
        try {
            return newestFirst.stream().map(Thumbnail::shown).toList();
        } finally {
            lock.unlock();
        }
    }

    /** The JPEG file of one, unless it has gone. */
    Optional<byte[]> jpeg(long wanted) {
        lock.lock();
        try {
            return newestFirst.stream()
                    .filter(thumbnail -> thumbnail.shown().number() == wanted)
                    .map(Thumbnail::jpeg)
                    .findFirst();
        } finally {
            lock.unlock();
        }
    }

    /** The mean of the pixels that fall on one. */
    static Picture shrink(Picture picture) {
        int longest = Math.max(picture.width(), picture.height());
        if (longest <= LONGEST_SIDE) {
            return picture;
        }
        int width = Math.max(1, picture.width() * LONGEST_SIDE / longest);
        int height = Math.max(1, picture.height() * LONGEST_SIDE / longest);
        byte[] rgb = new byte[CHANNELS * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int x0 = x * picture.width() / width;
                int y0 = y * picture.height() / height;
                int x1 = (x + 1) * picture.width() / width;
                int y1 = (y + 1) * picture.height() / height;
                for (int channel = 0; channel < CHANNELS; channel++) {
                    rgb[CHANNELS * (y * width + x) + channel] = mean(picture, x0, y0, x1, y1, channel);
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    private static byte mean(Picture picture, int x0, int y0, int x1, int y1, int channel) {
        int sum = 0;
        for (int y = y0; y < y1; y++) {
            for (int x = x0; x < x1; x++) {
                sum += picture.rgb()[CHANNELS * (y * picture.width() + x) + channel] & 0xff;
            }
        }
        return (byte) (sum / ((x1 - x0) * (y1 - y0)));
    }
}
