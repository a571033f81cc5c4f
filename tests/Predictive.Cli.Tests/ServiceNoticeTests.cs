using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Cli.Service;
using Predictive.Cli.Terminal;
using Predictive.Tests;
using Predictive.Worker;

namespace Predictive.Cli.Tests;

/// <summary>What systemd hears (a real datagram socket in its place): that all is well only while it is.</summary>
public sealed class ServiceNoticeTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2), s_often = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-notice-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_host_of_its_own_process_is_ready_alive_and_stops()
    {
        using var systemd = new NotifySocket(_folder);
        using Process host = Started(systemd, "serve", "--urls", $"http://127.0.0.1:{FreePort()}", "--models", _folder);
        Assert.Equal("READY=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        await Stops(host, systemd);
    }

    [Fact]
    public async Task A_worker_of_its_own_process_is_ready_alive_and_told_to_stop_has_not_failed()
    {
        using var systemd = new NotifySocket(_folder);
        string data = Path.Combine(SharedData.RepositoryRoot, "data-samples");
        using Process worker = Started(systemd, "worker", "--data", data, "--models", _folder, "--schedule", "0 3 1 1 *");
        Assert.Equal("READY=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        await Stops(worker, systemd);
    }

    /// <summary>The process lives, its timers run, its socket takes connections; only its pipeline answers nothing any more.</summary>
    [Fact]
    public async Task A_host_that_hangs_is_not_told_of_until_it_answers_again()
    {
        var hang = new HangingHost();
        var told = new StringWriter();
        using var systemd = new NotifySocket(_folder);
        var options = new ScoringHostOptions { Models = _folder, Urls = $"http://127.0.0.1:{FreePort()}", LogRequests = false };
        await using WebApplication app = ScoringHost.Build(options, TimeProvider.System, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IStartupFilter>(hang).AddSingleton(s => new HostAnswer(s.GetRequiredService<IServer>()))
                .AddSingleton<ServiceCheck>(s => s.GetRequiredService<HostAnswer>().LookAsync);
            Notify(builder.Services, systemd, told);
        });
        await app.StartAsync();
        Assert.Equal("READY=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        hang.Begin();
        await hang.Reached.WaitAsync(s_patience);
        // What had been sent before it hung has been read when a look has ended in vain.
        await Eventually(() => told.ToString().Contains("nobody is told that all is well: no answer", StringComparison.Ordinal));
        systemd.Forget();
        await Task.Delay(10 * s_often);
        Assert.Equal(0, systemd.Forget());
        hang.End();
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        await app.StopAsync();
        Assert.Equal("STOPPING=1", await systemd.NextOther("WATCHDOG=1"));
    }

    [Fact]
    public async Task A_worker_whose_loop_stands_still_is_not_told_of()
    {
        var clock = new SteppedClock();
        var told = new StringWriter();
        var pulse = new Pulse(clock);
        using var systemd = new NotifySocket(_folder);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ServiceCheck>(_ => Task.FromResult(pulse.StandsStill()));
        Notify(builder.Services, systemd, told);
        using IHost host = builder.Build();
        pulse.Resting("Loop");
        await host.StartAsync();
        Assert.Equal("READY=1", await systemd.Next());
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        clock.Step(Pulse.LongestRest + TimeSpan.FromSeconds(1));
        await Eventually(() => told.ToString().Contains("Loop has said nothing for 61 s while it rests", StringComparison.Ordinal));
        systemd.Forget();
        await Task.Delay(5 * s_often);
        Assert.Equal(0, systemd.Forget());
        pulse.Working("Loop");
        Assert.Equal("WATCHDOG=1", await systemd.Next());
        await host.StopAsync();
    }

    [Fact]
    public async Task Nobody_who_listens_is_no_reason_to_end()
    {
        string pulse = Path.Combine(_folder, "pulse");
        var told = new StringWriter();
        using var systemd = new NotifySocket(_folder);
        File.Delete(systemd.Path);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Notify(builder.Services, systemd, told, pulse);
        using IHost host = builder.Build();
        await host.StartAsync();
        await Eventually(() => File.Exists(pulse));
        DateTime first = File.GetLastWriteTimeUtc(pulse);
        await Eventually(() => File.GetLastWriteTimeUtc(pulse) > first);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        Assert.Equal(1, told.ToString().Split("systemd cannot be told").Length - 1);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_worker_in_a_container_renews_a_file_while_it_is_well()
    {
        string pulse = Path.Combine(_folder, "pulse"), data = Path.Combine(SharedData.RepositoryRoot, "data-samples");
        (int code, _, string error) = await Run.Predictive("health", "--pulse", pulse);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("is not there: no worker has begun", error, StringComparison.Ordinal);
        using var stop = new CancellationTokenSource();
        var worker = new CommandLineApp(TextWriter.Null, TextWriter.Null, TimeProvider.System);
        Task<int> running = worker.RunAsync(
            ["worker", "--data", data, "--models", _folder, "--schedule", "0 3 1 1 *", "--pulse", pulse], stop.Token);
        await Eventually(() => File.Exists(pulse));
        (code, string said, error) = await Run.Predictive("health", "--pulse", pulse);
        Assert.True(code == ExitCode.Done, error);
        Assert.StartsWith("the worker was well ", said, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Done, await running);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        File.SetLastWriteTimeUtc(pulse, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-61));
        (code, _, error) = await Run.Predictive("health", "--pulse", pulse);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("expected within 60 s", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_may_be_silent_longer_than_rest_and_every_word_of_progress_counts()
    {
        var clock = new SteppedClock();
        var pulse = new Pulse(clock);
        Assert.Null(pulse.StandsStill());
        IProgress<int> progress = pulse.Through(new Progress<int>(), "Training");
        progress.Report(1);
        clock.Step(Pulse.LongestWork);
        Assert.Null(pulse.StandsStill());
        progress.Report(2);
        clock.Step(Pulse.LongestWork);
        Assert.Null(pulse.StandsStill());
        clock.Step(TimeSpan.FromSeconds(1));
        Assert.Equal("Training has said nothing for 3601 s while it works", pulse.StandsStill());
        // Another loop that is well does not hide it.
        pulse.Resting("Acting");
        Assert.NotNull(pulse.StandsStill());
        pulse.Resting("Training");
        Assert.Null(pulse.StandsStill());
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("60000000", null, 20.0)]
    [InlineData("60000000", "", 20.0)]
    [InlineData("60000000", "7", 20.0)]
    [InlineData("60000000", "8", null)]
    [InlineData("3600000000", null, 30.0)]
    public void The_watchdog_is_heard_three_times_in_its_patience(string? micros, string? watched, double? seconds) =>
        Assert.Equal(seconds, ServiceTimes.Of(micros, watched, 7).Every?.TotalSeconds);

    [Theory]
    [InlineData("http://[::]:5080", "http://[::1]:5080/")]
    [InlineData("https://0.0.0.0:8443", "https://127.0.0.1:8443/")]
    [InlineData("http://*:80", "http://127.0.0.1/")]
    [InlineData("http://localhost:5080", "http://localhost:5080/")]
    [InlineData("http://10.1.2.3:5080", "http://10.1.2.3:5080/")]
    public void The_host_asks_itself_where_it_listens(string address, string near) =>
        Assert.Equal(near, HostAnswer.Near(address).AbsoluteUri);

    private static void Notify(IServiceCollection services, NotifySocket systemd, StringWriter told, string? pulse = null) =>
        services.AddHostedService(s => new ServiceNotice(
            systemd, s.GetServices<ServiceCheck>(), new ServiceTimes(s_often, pulse), s.GetRequiredService<IHostApplicationLifetime>(),
            TimeProvider.System, new UserConsole(TextWriter.Null, TextWriter.Synchronized(told))));

    private static async Task Stops(Process process, NotifySocket systemd)
    {
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal("STOPPING=1", await systemd.NextOther("WATCHDOG=1"));
        using var late = new CancellationTokenSource(s_patience);
        await process.WaitForExitAsync(late.Token);
        Assert.Equal(0, process.ExitCode);
    }

    private static Process Started(NotifySocket systemd, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["NOTIFY_SOCKET"] = systemd.Path, ["WATCHDOG_USEC"] = "1500000" },
        };
        Process process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task Eventually(Func<bool> holds)
    {
        using var late = new CancellationTokenSource(s_patience);
        while (!holds())
        {
            await Task.Delay(20, late.Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Step(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);
    }
}
