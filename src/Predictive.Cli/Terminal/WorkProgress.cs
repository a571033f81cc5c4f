using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Predictive.Training;

namespace Predictive.Cli.Terminal;

/// <summary>
/// Progress of long work on standard error: bars on a terminal, plain lines (a stage's start, each quarter, its end) in a pipe.
/// Safe to report to from several threads.
/// </summary>
public abstract class WorkProgress
{
    /// <summary>Runs work under progress; the bars are gone or complete when it returns or throws.</summary>
    public static T Run<T>(UserConsole console, Func<WorkProgress, T> work)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(work);
        if (!console.ErrorIsTerminal)
        {
            var lines = new PlainLines(console.Error);
            T plain = work(lines);
            lines.Finish();
            return plain;
        }

        IAnsiConsole canvas = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(console.Error) });
        return canvas.Progress()
            .AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                var bars = new Bars(context);
                T result = work(bars);
                bars.Finish();
                return result;
            });
    }

    /// <summary>How far a stage is.</summary>
    /// <param name="stage">Its name, as a user reads it; a new name starts a new stage and completes the one before.</param>
    /// <param name="fraction">0–1.</param>
    public abstract void Report(string stage, double fraction);

    /// <summary>
    /// An <see cref="IProgress{T}"/> that reports here, at once and on the caller's thread (unlike <see cref="Progress{T}"/>).
    /// </summary>
    public IProgress<T> For<T>(Func<T, (string Stage, double Fraction)> map) => new Adapter<T>(this, map);

    /// <summary>Where a training reports its stages.</summary>
    public IProgress<PipelineProgress> Training() => For<PipelineProgress>(p => (p.Stage, p.Done));

    private sealed class Adapter<T>(WorkProgress target, Func<T, (string Stage, double Fraction)> map) : IProgress<T>
    {
        public void Report(T value)
        {
            (string stage, double fraction) = map(value);
            target.Report(stage, fraction);
        }
    }

    private sealed class Bars(ProgressContext context) : WorkProgress
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
        private ProgressTask? _current;

        public override void Report(string stage, double fraction)
        {
            lock (_lock)
            {
                if (!_tasks.TryGetValue(stage, out ProgressTask? task))
                {
                    if (_current is { IsFinished: false })
                    {
                        _current.Value = 1;
                    }

                    task = context.AddTask(Markup.Escape(stage), maxValue: 1);
                    _tasks[stage] = task;
                }

                _current = task;
                task.Value = Math.Max(task.Value, Math.Clamp(fraction, 0, 1));
            }
        }

        public void Finish()
        {
            foreach (ProgressTask task in _tasks.Values)
            {
                task.Value = 1;
            }
        }
    }

    private sealed class PlainLines(TextWriter error) : WorkProgress
    {
        private readonly Lock _lock = new();
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private string? _stage;
        private int _quarter;
        private TimeSpan _started;

        public override void Report(string stage, double fraction)
        {
            lock (_lock)
            {
                if (!string.Equals(stage, _stage, StringComparison.Ordinal))
                {
                    End();
                    _stage = stage;
                    _started = _clock.Elapsed;
                    _quarter = 0;
                    error.WriteLine($"{stage} ...");
                }

                int quarter = (int)(Math.Clamp(fraction, 0, 1) * 4);
                // Quarters are worth a line only where a stage takes long enough to make a reader wonder.
                if (quarter > _quarter && quarter < 4 && _clock.Elapsed - _started > TimeSpan.FromSeconds(2))
                {
                    error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage}: {quarter * 25} %"));
                }

                _quarter = Math.Max(_quarter, quarter);
            }
        }

        public void Finish()
        {
            lock (_lock)
            {
                End();
            }
        }

        private void End()
        {
            if (_stage is not null)
            {
                error.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"{_stage}: done in {(_clock.Elapsed - _started).TotalSeconds:0.0} s"));
                _stage = null;
            }
        }
    }
}
