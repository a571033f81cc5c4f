namespace Predictive.History;

/// <summary>Who a customer is, for every rule, model, list and page.</summary>
public enum CustomerLevel
{
    /// <summary>Who ordered: the <c>customer_id</c> of the lines. The default.</summary>
    Person,

    /// <summary>The organisation that they order for (<see cref="AccountMap"/>).</summary>
    Account,
}

/// <summary>How levels are written: in dataset.json, flags and settings.</summary>
public static class LevelNames
{
    /// <summary>What is allowed, for messages.</summary>
    public const string Expected = "person or account";

    /// <summary>The name of a level.</summary>
    public static string Of(CustomerLevel level) => level == CustomerLevel.Account ? "account" : "person";

    /// <summary>The customers of a level, in a sentence.</summary>
    public static string Many(CustomerLevel level) => level == CustomerLevel.Account ? "accounts" : "people";

    /// <summary>The level of a name; false where there is none such.</summary>
    public static bool TryRead(string? name, out CustomerLevel level)
    {
        level = name == "account" ? CustomerLevel.Account : CustomerLevel.Person;
        return name is "account" or "person";
    }
}
