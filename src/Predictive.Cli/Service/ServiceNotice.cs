using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Service;

/// <summary>One look at what runs in this process.</summary>
/// <param name="cancellation">Ends it.</param>
/// <returns>Why it is not well; null = it is.</returns>
internal delegate Task<string?> ServiceCheck(CancellationToken cancellation);

/// <summary>
/// Tells systemd how the process does, where it was started by it (<c>Type=notify</c>, sd_notify(3)): READY when everything has started,
/// STOPPING when it was told to stop, and WATCHDOG (<c>WatchdogSec=</c>) only after every check was answered well just now. A process
/// that hangs is not told of any more, and systemd begins it again. For containers, where nobody listens, the same is told by the time of
/// a file. With neither it does nothing.
/// </summary>
internal sealed class ServiceNotice(
    ISystemdNotifier systemd, IEnumerable<ServiceCheck> checks, ServiceTimes times, IHostApplicationLifetime life, TimeProvider clock,
    UserConsole console) : BackgroundService
{
    // Not the package's lifetime: that one also takes SIGTERM, which the command line takes already.
    private static readonly ServiceState s_alive = new("WATCHDOG=1");

    private readonly ServiceCheck[] _checks = [.. checks];
    private string? _told;
    private volatile bool _isDeaf;

    /// <summary>Adds it to a host of either kind.</summary>
    /// <param name="services">The host's; clock and console need not be in it.</param>
    /// <param name="context">They.</param>
    /// <param name="pulse">File whose time tells that all is well; null = none.</param>
    public static void AddTo(IServiceCollection services, VerbContext context, string? pulse = null)
    {
        services.AddSingleton<ISystemdNotifier>(new SystemdNotifier()).AddSingleton(ServiceTimes.FromEnvironment(pulse));
        services.AddHostedService(s => new ServiceNotice(
            s.GetRequiredService<ISystemdNotifier>(), s.GetServices<ServiceCheck>(), s.GetRequiredService<ServiceTimes>(),
            s.GetRequiredService<IHostApplicationLifetime>(), context.Clock, context.Console));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!systemd.IsEnabled && times.Pulse is null)
        {
            return;
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration
            start = life.ApplicationStarted.Register(started.SetResult),
            stop = life.ApplicationStopping.Register(() => Say(ServiceState.Stopping));
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            Say(ServiceState.Ready);
            while (times.Every is { } every)
            {
                if ((await FaultOf(every, stoppingToken) ?? Renew()) is { } fault)
                {
                    Tell($"nobody is told that all is well: {fault}");
                }
                else
                {
                    Say(s_alive);
                    _told = null;
                }

                await Task.Delay(every, clock, stoppingToken);
            }

            // STOPPING is told by whoever waits for it.
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<string?> FaultOf(TimeSpan patience, CancellationToken stopping)
    {
        foreach (ServiceCheck check in _checks)
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            late.CancelAfter(patience);
            try
            {
                if (await check(late.Token) is { } fault)
                {
                    return fault;
                }
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                return string.Create(CultureInfo.InvariantCulture, $"no answer within {patience.TotalSeconds:0.#} s");
            }
        }

        return null;
    }

    // Who is not there to be told (NOTIFY_SOCKET of a service that has ended) is no reason to end.
    private void Say(ServiceState state)
    {
        try
        {
            systemd.Notify(state);
        }
        catch (SocketException e)
        {
            if (!_isDeaf)
            {
                console.Note($"systemd cannot be told ({e.Message.TrimEnd('.')}): NOTIFY_SOCKET names a socket at which nobody listens");
            }

            _isDeaf = true;
        }
    }

    private string? Renew()
    {
        if (times.Pulse is not { } file)
        {
            return null;
        }

        try
        {
            using (File.Open(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
            {
            }

            File.SetLastWriteTimeUtc(file, clock.GetUtcNow().UtcDateTime);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"--pulse {file}: {e.Message.TrimEnd('.')}";
        }
    }

    private void Tell(string text)
    {
        if (text != _told)
        {
            console.Note(text);
            _told = text;
        }
    }
}

/// <summary>How often systemd wants to hear.</summary>
/// <param name="Every">Between two words; null = it does not watch.</param>
/// <param name="Pulse">File whose time tells the same; null = none.</param>
internal sealed record ServiceTimes(TimeSpan? Every, string? Pulse = null)
{
    /// <summary>Age from which a pulse's file says that its worker is not well.</summary>
    public static readonly TimeSpan OldestPulse = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_pulse = TimeSpan.FromSeconds(15);

    // A connection that is silent for two minutes is closed by the server; a look in half of that keeps it.
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);

    /// <summary>As systemd said: a third of the time after which it would end the process, so that two words may be late.</summary>
    /// <param name="pulse">File whose time tells the same; null = none.</param>
    public static ServiceTimes FromEnvironment(string? pulse)
    {
        ServiceTimes told = Of(
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);
        return pulse is null
            ? told
            : new ServiceTimes(told.Every is { } every && every < s_pulse ? every : s_pulse, Path.GetFullPath(pulse));
    }

    /// <summary>As these variables say (sd_watchdog_enabled(3)).</summary>
    /// <param name="micros">WATCHDOG_USEC.</param>
    /// <param name="watched">WATCHDOG_PID; null = whoever reads it.</param>
    /// <param name="process">This one.</param>
    public static ServiceTimes Of(string? micros, string? watched, int process)
    {
        bool isOurs = string.IsNullOrEmpty(watched) || watched == process.ToString(CultureInfo.InvariantCulture);
        if (!isOurs || !long.TryParse(micros, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) || limit <= 0)
        {
            return new ServiceTimes(Every: null);
        }

        TimeSpan third = TimeSpan.FromMicroseconds(Math.Max(1, limit / 3));
        return new ServiceTimes(third < s_most ? third : s_most);
    }
}
