package dev.darkroom.worker.model.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Some bytes of a file as a stream. It does not own the channel, nor move its position. Not for several threads. */
final class ChannelRange extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long position;

    ChannelRange(FileChannel channel, long position, long length) {
        this.channel = channel;
        this.position = position;
        this.end = position + length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (position == end) {
            return -1;
        }
        ByteBuffer buffer = ByteBuffer.wrap(target, offset, (int) Math.min(length, end - position));
        int read = channel.read(buffer, position);
        if (read < 0) {
            throw new EOFException("The file became shorter while it was read");
        }
        position += read;
        return read;
    }
}
