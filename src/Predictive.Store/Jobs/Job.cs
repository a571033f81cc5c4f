using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.Store.Schema;

namespace Predictive.Store.Jobs;

/// <summary>How a job stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>Waits for a worker, perhaps until a time.</summary>
    [JsonStringEnumMemberName("queued")]
    Queued,

    /// <summary>A worker has it.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>Done.</summary>
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>Done, and the gate holds what came of it.</summary>
    [JsonStringEnumMemberName("held")]
    Held,

    /// <summary>It failed; the message says why.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Somebody cancelled it, or its worker was stopped for good.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

/// <summary>One stage of a job.</summary>
/// <param name="Name">As a user reads it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Seconds">How long it took; null = it is going on.</param>
public sealed record JobStage(string Name, DateTimeOffset StartedAt, double? Seconds);

/// <summary>A line of a job's log.</summary>
/// <param name="Number">1, 2, 3 ... within the job.</param>
/// <param name="At">When.</param>
/// <param name="Text">What is told.</param>
public sealed record JobLine(int Number, DateTimeOffset At, string Text);

/// <summary>What is to be done.</summary>
/// <param name="Kind">Such as <c>train</c>.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Cause">Why: <c>schedule</c>, <c>new-data</c>, <c>drift</c>, <c>request</c>, <c>once</c>, or <see cref="Command"/>.</param>
/// <param name="Actor">Who asked, as in the audit log.</param>
/// <param name="Data">Name of the dataset, never its path; null = not told.</param>
/// <param name="UniqueKey">Two jobs of one key are one job; null = as many as are asked for.</param>
public sealed record NewJob(string Kind, string Name, string Cause, string Actor, string? Data = null, string? UniqueKey = null)
{
    /// <summary>
    /// Cause of a job that the process which asked for it does itself: with options of its own, so nobody else begins it, nor again.
    /// </summary>
    public const string Command = "command";
}

/// <summary>A job, as it stands.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Kind">Such as <c>train</c>.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Data">Name of the dataset.</param>
/// <param name="Cause">Why it is there.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="State">How it stands.</param>
/// <param name="Attempt">How often it was begun.</param>
/// <param name="NotBefore">Queued: from when on it may begin.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="StartedAt">When the latest attempt began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Fraction">How far that is, 0–1.</param>
/// <param name="Stages">What was done, oldest first.</param>
/// <param name="Figures">Numbers that it told, by name.</param>
/// <param name="Fingerprint">Of the data it read.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Message">Why it failed, or was cancelled.</param>
/// <param name="CancelRequested">Whether somebody asked for its end.</param>
/// <param name="Changes">Grows with every change: who watches it sees by this that there is news.</param>
public sealed record Job(
    long Id, string Kind, string Name, string? Data, string Cause, string Actor, JobState State, int Attempt, DateTimeOffset NotBefore,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Stage, double Fraction,
    IReadOnlyList<JobStage> Stages, IReadOnlyDictionary<string, double> Figures, string? Fingerprint, JsonElement? Result, string? Message,
    bool CancelRequested, long Changes)
{
    /// <summary>Whether it runs by its row, and its worker is dead: the lease it ran under is not held.</summary>
    public bool IsLost { get; init; }

    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsOver => State is not (JobState.Queued or JobState.Running);

    internal static string NameOf(JobState state) => state.ToString().ToLowerInvariant();

    internal static Job Of(JobRow r) => new(
        r.Id, r.Kind, r.Name, r.Data, r.Cause, r.Actor, Enum.Parse<JobState>(r.State, ignoreCase: true), r.Attempt,
        StoreJson.Time(r.NotBefore), StoreJson.Time(r.CreatedAt), StoreJson.Time(r.StartedAt), StoreJson.Time(r.EndedAt), r.Stage,
        r.Fraction, StoreJson.Value<List<JobStage>>(r.Stages), StoreJson.Value<Dictionary<string, double>>(r.Figures), r.Fingerprint,
        r.Result is null ? null : StoreJson.Element(r.Result), r.Message, r.CancelRequested, r.Changes);
}
