import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.env.Environment;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.transport.client.node.NodeClient;

/**
 * One OpenSearch node on loopback, behind a password: the server and its plugins come from the class path.
 * Usage: OpenSearchNode HOME [key=value ...]. Settings given win over the defaults below.
 * HOME/password holds what clients say as user "fediflow". When it serves it writes HOME/http.port, whole, by rename.
 * It stops in order on SIGTERM; with -Dnode.once=true as soon as it has started.
 */
public final class OpenSearchNode {
    private static final String[] PLUGINS = {
        "org.opensearch.transport.Netty4ModulePlugin",
        "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
        "org.opensearch.painless.PainlessModulePlugin",
        "org.opensearch.script.expression.ExpressionModulePlugin",
        "org.opensearch.script.mustache.MustacheModulePlugin",
        "org.opensearch.index.mapper.MapperExtrasModulePlugin",
        "org.opensearch.join.ParentJoinModulePlugin",
        "org.opensearch.percolator.PercolatorModulePlugin",
        "org.opensearch.index.rankeval.RankEvalModulePlugin",
        "org.opensearch.index.reindex.ReindexModulePlugin",
        "org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin",
        "org.opensearch.geo.GeoModulePlugin",
        "org.opensearch.ingest.common.IngestCommonModulePlugin",
        "org.opensearch.plugin.analysis.icu.AnalysisICUPlugin",
        "org.opensearch.plugin.analysis.kuromoji.AnalysisKuromojiPlugin",
        "org.opensearch.plugin.analysis.nori.AnalysisNoriPlugin",
        "org.opensearch.plugin.analysis.smartcn.AnalysisSmartChinesePlugin",
        "OpenSearchNode$Door",
    };

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]).toAbsolutePath();
        Door.expected = credentials(home);
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings(home, args), Map.of(), Files.createDirectories(home.resolve("config")), () -> "local");
        Node node = new ClasspathNode(environment, plugins());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        announce(home, node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort());
        if (!Boolean.getBoolean("node.once")) {
            new CountDownLatch(1).await();
        }
        System.exit(0);
    }

    private static Settings settings(Path home, String[] args) {
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("cluster.name", "fediflow-local")
            .put("node.name", "local")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("action.auto_create_index", false)
            // on a developer's disk, which is often nine tenths full, it would refuse to write
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            settings.put(args[i].substring(0, equals), args[i].substring(equals + 1));
        }
        return settings.build();
    }

    private static byte[] credentials(Path home) throws Exception {
        String pair = "fediflow:" + Files.readString(home.resolve("password")).strip();
        String encoded = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        return ("Basic " + encoded).getBytes(StandardCharsets.US_ASCII);
    }

    private static List<PluginInfo> plugins() throws ClassNotFoundException {
        List<PluginInfo> plugins = new ArrayList<>();
        for (String name : PLUGINS) {
            Class.forName(name); // fail early and by name
            plugins.add(new PluginInfo(name, "classpath plugin", "NA", Version.CURRENT,
                Integer.toString(Runtime.version().feature()), name, List.of(), false));
        }
        return plugins;
    }

    private static void announce(Path home, int port) throws Exception {
        Path unfinished = home.resolve("http.port.unfinished");
        Files.writeString(unfinished, Integer.toString(port));
        Files.move(unfinished, home.resolve("http.port"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void close(Node node) {
        try {
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        } catch (Exception error) {
            error.printStackTrace();
        }
    }

    private static final class ClasspathNode extends Node {
        ClasspathNode(Environment environment, List<PluginInfo> plugins) {
            super(environment, plugins, true);
        }
    }

    /** Lets nobody in who does not say the password: other users of the machine, pages in a browser. */
    public static final class Door extends Plugin implements ActionPlugin {
        static byte[] expected;

        @Override
        public UnaryOperator<RestHandler> getRestHandlerWrapper(ThreadContext context) {
            return Guarded::new;
        }
    }

    private static final class Guarded extends RestHandler.Wrapper {
        Guarded(RestHandler handler) {
            super(handler);
        }

        @Override
        public void handleRequest(RestRequest request, RestChannel channel, NodeClient client) throws Exception {
            String said = request.header("Authorization");
            if (said != null && MessageDigest.isEqual(said.getBytes(StandardCharsets.UTF_8), Door.expected)) {
                super.handleRequest(request, channel, client);
            } else {
                channel.sendResponse(new BytesRestResponse(RestStatus.UNAUTHORIZED, "the password is missing or wrong"));
            }
        }
    }
}
