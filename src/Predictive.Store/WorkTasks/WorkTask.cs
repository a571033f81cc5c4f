namespace Predictive.Store.WorkTasks;

/// <summary>A task to be made.</summary>
/// <param name="Key">Unique: made once, whoever asks again.</param>
/// <param name="Kind"><see cref="WorkTaskBook.Task"/> or <see cref="WorkTaskBook.Calendar"/>.</param>
/// <param name="CustomerId">About whom.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Owner">Whose it is: a role or a person.</param>
/// <param name="Due">By when, or the first day of an appointment.</param>
public sealed record NewWorkTask(string Key, string Kind, string CustomerId, string Title, string Owner, DateOnly Due)
{
    /// <summary>Characters of an owner, a channel, or who else is told, at most.</summary>
    public const int MostName = 200;

    /// <summary>Characters of a title at most.</summary>
    public const int MostTitle = 1000;

    /// <summary>Characters of a key at most; longer ones give way to their hash.</summary>
    private const int MostKey = 500;

    /// <summary>A task that somebody makes by hand: the same words again are the same task.</summary>
    /// <param name="customer">About whom.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="due">By when.</param>
    /// <param name="title">What is to be done.</param>
    public static NewWorkTask ByHand(string customer, string owner, DateOnly due, string title)
    {
        string key = string.Join(
            '|', "by hand", customer, owner, due.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), title);
        if (key.Length > MostKey)
        {
            key = "by hand|" + Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));
        }

        return new NewWorkTask(key, WorkTaskBook.Task, customer, title, owner, due);
    }

    /// <summary>Who is told when it is overdue; empty = nobody.</summary>
    public string EscalateTo { get; init; } = "";

    /// <summary>low, normal or high.</summary>
    public string Priority { get; init; } = "normal";

    /// <summary>Empty = once; else weekly, monthly, quarterly or yearly.</summary>
    public string Repeats { get; init; } = "";

    /// <summary>How, in words.</summary>
    public string Play { get; init; } = "";

    /// <summary>What made it, such as <c>rule cash cow silent</c>.</summary>
    public string Source { get; init; } = "";

    /// <summary>By which way the customer is to be contacted; empty = no contact.</summary>
    public string Channel { get; init; } = "";
}

/// <summary>Something somebody is to do about a customer, or an appointment.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Asked">As it was made.</param>
/// <param name="State">open, snoozed, done or cancelled.</param>
/// <param name="Due">By when, snoozing counted.</param>
/// <param name="Outcome">Of a task that is done: such as <c>reached</c> or <c>not reached</c>.</param>
/// <param name="Note">What was noted.</param>
/// <param name="Escalated">Day somebody was told that it is overdue.</param>
/// <param name="ChangedAt">Last change.</param>
public sealed record WorkTask(
    long Id, NewWorkTask Asked, string State, DateOnly Due, string Outcome, string Note, DateOnly? Escalated, DateTimeOffset ChangedAt);
