using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Predictive.Training;

namespace Predictive.Worker.Tests;

/// <summary>What a worker under test tells, and time that passes only while it does not train.</summary>
internal sealed class WorkerTold
{
    private readonly List<string> _lines = [];
    private volatile bool _trains;

    public WorkerTold() => Output = new WorkerOutput(
        Tell,
        run =>
        {
            _trains = true;
            try
            {
                TrainRuns? runs = run(new Quiet());
                _trains = runs is not null;
                return runs;
            }
            catch
            {
                _trains = false;
                throw;
            }
        },
        runs =>
        {
            Tell($"trained {runs.Best.Version.Version}");
            _trains = false;
        },
        fault =>
        {
            Tell("failed: " + fault.GetType().Name);
            return 2;
        });

    public WorkerOutput Output { get; }

    /// <summary>All of it, in order.</summary>
    public string[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>
    /// The worker runs on threads of its own: the test waits for what it tells, however long the machine takes.
    /// </summary>
    public async Task Told(string start, int times = 1)
    {
        while (Lines.Count(t => t.StartsWith(start, StringComparison.Ordinal)) < times)
        {
            // What failed otherwise than a store or a dataset does is not begun again: what is waited for never comes.
            Assert.DoesNotContain(Lines, l => l.StartsWith("failed: ", StringComparison.Ordinal)
                && l is not ("failed: StoreException" or "failed: DatasetException"));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Time passes in steps of a minute until the worker has told something.</summary>
    public async Task Passing(FakeTimeProvider clock, string start, int times = 1)
    {
        Task told = Told(start, times);
        while (!told.IsCompleted)
        {
            // A training takes none of this clock's time: however slow the machine, no other falls due meanwhile.
            clock.Advance(_trains ? TimeSpan.Zero : TimeSpan.FromMinutes(1));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await told;
    }

    private void Tell(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    }

    private sealed class Quiet : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
        }
    }
}

/// <summary>A host's lifetime that only notes its end.</summary>
internal sealed class Lifetime : IHostApplicationLifetime
{
    public bool Stopped { get; private set; }

    public CancellationToken ApplicationStarted => default;

    public CancellationToken ApplicationStopping => default;

    public CancellationToken ApplicationStopped => default;

    public void StopApplication() => Stopped = true;
}
