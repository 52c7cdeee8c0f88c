import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;

/**
 * mongo-java-server on an H2 file, on 127.0.0.1: {@code MongoEngine PORT FILE}.
 *
 * <p>What is answered is in the file before the answer leaves, so it survives the death of this process (not a loss of
 * power: the file is written, not synced). Commands run beside each other; one commit covers all that finished before
 * it, and none that is half done.
 */
public final class MongoEngine {
    /** Drivers refuse servers older than wire version 9; the library itself calls itself 8. */
    private enum Version implements MongoVersion {
        FIVE;

        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    private static final class Durable extends H2Backend {
        private static final int COMMITS_BETWEEN_TIDYING = 1_000;
        private static final int LEAST_FILL_PERCENT = 50;
        private static final int TIDIED_AT_ONCE_BYTES = 4 << 20;

        private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
        private final AtomicLong finished = new AtomicLong();
        private long committed; // this and the next are guarded by the write side of the gate
        private int commitsSinceTidying;

        Durable(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            gate.readLock().lock();
            long mine;
            Document answer;
            try {
                answer = super.handleMessage(message);
            } finally {
                mine = finished.incrementAndGet();
                gate.readLock().unlock();
            }
            makeDurable(mine);
            return answer;
        }

        private void makeDurable(long mine) {
            gate.writeLock().lock();
            try {
                if (committed < mine) {
                    long all = finished.get();
                    commit();
                    committed = all;
                    tidyNowAndThen();
                }
            } finally {
                gate.writeLock().unlock();
            }
        }

        /** Without it the file grows by some 20 KB a write: nobody else drops what newer versions replaced. */
        private void tidyNowAndThen() {
            commitsSinceTidying++;
            if (commitsSinceTidying >= COMMITS_BETWEEN_TIDYING) {
                commitsSinceTidying = 0;
                getMvStore().compact(LEAST_FILL_PERCENT, TIDIED_AT_ONCE_BYTES);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        String file = arguments[1];
        if (Files.exists(Path.of(file))) {
            MVStoreTool.compactCleanUp(file); // finishes or forgets a compaction that was killed
            MVStoreTool.compact(file, false); // the file only grows while it is in use
        }
        MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(0).open();
        store.setRetentionTime(0); // what the newest version does not need may be overwritten at once
        store.setVersionsToKeep(0);
        MongoServer server = new MongoServer(new Durable(store).version(Version.FIVE));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", port);
        System.err.println("listening on 127.0.0.1:" + port);
    }
}
