using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>The Python client of one file, by the real python3: over the command line and over a host that listens.</summary>
public sealed class PythonClientTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-python-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_trains_scores_and_asks_by_command_and_by_host()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "needs /usr/bin/python3; it is not there");
        string shop = Path.Combine(_folder, "shop"), models = Path.Combine(_folder, "models"), script = Path.Combine(_folder, "use.py");
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await File.WriteAllTextAsync(script, """
            import datetime, decimal, http.server, json, sys, threading, time, subprocess
            sys.path.insert(0, sys.argv[1])
            from predictive import Predictive, PredictiveError, frame
            cli, shop, models, port = sys.argv[2:6]
            p = Predictive(command=["dotnet", cli])
            trained = p.train(shop, models=models, horizon=60)
            assert isinstance(trained, dict) and trained, trained
            versions = p.models(models=models)
            assert [(v["name"], v["version"], v["isChampion"]) for v in versions] == [("default", 1, True)], versions
            scores = p.score(data=shop, models=models)
            assert len(scores) > 200 and all(0 < s["churn_probability"] < 1 for s in scores)
            one = p.score(scores[0]["customer_id"], data=shop, models=models)
            assert one == scores[0]
            risk = p.at_risk(shop, models=models, top=5)
            assert [r["rank"] for r in risk] == [1, 2, 3, 4, 5]
            judged = p.backtest(shop, cutoff="2024-12-01", horizon=60)
            assert isinstance(judged, dict) and judged
            rows = p.features(shop, as_of="2024-12-01", horizon=60, labels=True)
            assert {r["label_churned"] for r in rows} == {0.0, 1.0} and any(r["gap_sd"] is None for r in rows)
            try:
                p.at_risk(shop, models=models + "-nowhere")
                assert False
            except PredictiveError as e:
                assert e.status == 2 and "nowhere" in str(e), e
            assert len(frame(scores)) == len(scores)
            try:
                p.score("nobody", data=shop, models=models)
                assert False
            except PredictiveError as e:
                assert e.status == 2 and "'nobody' is not among" in str(e), e
            try:
                p.train(shop, models=models, horizon="60d", promote="never", as_of="2024-12-01")
            except PredictiveError as e:
                assert e.status == 3 and isinstance(e.document, dict), (e, e.status)
            try:
                Predictive(command="/nowhere/predictive").models()
                assert False
            except PredictiveError as e:
                assert e.status == 0 and "'/nowhere/predictive' cannot be started" in str(e), e
            for wrong in (lambda: p.score(history=[]), lambda: p.score("C1", data=shop, history=[]), lambda: p.at_risk(),
                          lambda: Predictive(url="localhost:5080"), lambda: Predictive(url="file:///etc/passwd"),
                          lambda: Predictive(url="http://127.0.0.1:1").at_risk(shop)):
                try:
                    wrong()
                    assert False
                except ValueError:
                    pass

            # What stands at the address of a host and is none: a page, a redirection that must not be given the key, a cut line.
            heard = []
            class Other(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    heard.append((self.path, self.headers.get("Authorization")))
                    if self.path.startswith("/cut"):
                        return
                    to = self.path.startswith("/moved")
                    self.send_response(302 if to else 200)
                    if to:
                        self.send_header("Location", f"http://127.0.0.1:{other.server_port}/thief")
                    self.end_headers()
                    self.wfile.write(b"<html>")
                def log_message(self, *_):
                    pass
            other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
            threading.Thread(target=other.serve_forever, daemon=True).start()
            for path, status, words in (("", 200, "does not answer in JSON"), ("/moved", 302, ""), ("/cut", 0, "cannot be reached")):
                try:
                    Predictive(url=f"http://127.0.0.1:{other.server_port}{path}", key="pk_secret").models()
                    assert False
                except PredictiveError as e:
                    assert e.status == status and words in str(e), (path, e, e.status)
            assert len(heard) == 3 and not any("thief" in path for path, _ in heard), heard
            other.shutdown()
            other.server_close()

            host = Predictive(url=f"http://127.0.0.1:{port}")
            try:
                host.models()
                assert False
            except PredictiveError as e:
                assert e.status == 0 and "cannot be reached" in str(e), e
            server = subprocess.Popen(["dotnet", cli, "serve", "--data", shop, "--models", models, "--urls", host.url],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                for _ in range(600):
                    try:
                        if host.models():
                            break
                    except PredictiveError:
                        pass
                    time.sleep(.1)
                assert host.score(one["customer_id"])["churn"]["probability"] == one["churn_probability"]
                assert [r["score"]["customerId"] for r in host.at_risk(top=5)] == [r["score"]["customerId"] for r in risk]
                sent = host.score(history=[{"orderedAt": "2024-11-03", "amount": 42.5}], customer="new", as_of="2024-12-01")
                assert sent["customerId"] == "new" and 0 < sent["churn"]["probability"] < 1
                typed = [{"orderedAt": datetime.datetime(2024, 11, 3), "amount": decimal.Decimal("42.5")}]
                same = host.score(history=typed, customer="new", as_of=datetime.date(2024, 12, 1))
                assert same == sent, same
                assert len(host.at_risk(top=5, min_probability=.5)) <= 5
                try:
                    host.at_risk(nonsense=1)
                    assert False
                except PredictiveError as e:
                    assert e.status == 400 and "nonsense" in str(e) and e.document["status"] == 400, e
                try:
                    host.score("nobody / at all")
                    assert False
                except PredictiveError as e:
                    assert e.status == 404 and "nobody / at all" in str(e), e
            finally:
                server.terminate()
                server.wait()
            print("done")
            """);
        var (made, _, why) = await Run.Predictive("generate", "--customers", "250", "--years", "2", "--seed", "4", "--out", shop);
        Assert.True(made == 0, why);
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            ArgumentList =
            {
                "-B", "-W", "error", script, Path.Combine(SharedData.RepositoryRoot, "clients", "python"),
                Path.Combine(AppContext.BaseDirectory, "predictive.dll"), shop, models, $"{port}",
            },
        };
        using Process python = Process.Start(start)!;
        Task<string> error = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(await error);
        Assert.Equal("done", said.Trim());
    }
}
