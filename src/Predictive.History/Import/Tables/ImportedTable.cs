namespace Predictive.History.Import.Tables;

/// <summary>The tables of a dataset beside its transactions.</summary>
public enum ImportedTable
{
    /// <summary>One row per person, with whatever is known of them: attributes.</summary>
    Customers,

    /// <summary>What people did: visits, answers, requests.</summary>
    Events,

    /// <summary>Whom we contacted, when, and by which way.</summary>
    Contacts,

    /// <summary>One row per product.</summary>
    Products,
}

/// <summary>What the columns of a table beside the transactions are.</summary>
/// <param name="Table">Which.</param>
/// <param name="Key">Canonical name of the id; its rows need one.</param>
/// <param name="Time">Canonical name of the time, which its rows need; null = the table has none.</param>
/// <param name="Texts">Further canonical texts, the needed ones first.</param>
/// <param name="Needed">How many of them every row needs.</param>
/// <param name="Numbers">Canonical numbers.</param>
/// <param name="IsKeyed">True = one row per id, and every other column of the file is kept under its own name.</param>
internal sealed record TableLayout(
    ImportedTable Table, string Key, string? Time, IReadOnlyList<string> Texts, int Needed, IReadOnlyList<string> Numbers, bool IsKeyed)
{
    private static readonly TableLayout[] s_all =
    [
        new(ImportedTable.Customers, "customer_id", null, ["account_id", "parent_account_id"], 0, [], true),
        new(
            ImportedTable.Events, "customer_id", "occurred_at", ["kind", "product_id", "category", "channel", "session"], 1, ["value"],
            false),
        new(ImportedTable.Contacts, "customer_id", "contacted_at", ["channel", "campaign", "outcome"], 0, [], false),
        new(ImportedTable.Products, "product_id", null, ["name", "category"], 0, ["unit_price", "unit_cost"], true),
    ];

    /// <summary>Name of the file, without its ending.</summary>
    public string Name => Table.ToString().ToLowerInvariant();

    /// <summary>Name of its file.</summary>
    public string File => Name + ".parquet";

    /// <summary>Name of the report beside it.</summary>
    public string ReportFile => $"import-report-{Name}.json";

    /// <summary>Name of the file with the rows left out.</summary>
    public string RejectsFile => $"rejects-{Name}.csv";

    /// <summary>Every canonical column, the id first, then the time.</summary>
    public IEnumerable<string> Canonical => new[] { Key, Time }.OfType<string>().Concat(Texts).Concat(Numbers);

    /// <summary>Those without which a row is nothing.</summary>
    public IEnumerable<string> Required => new[] { Key, Time }.OfType<string>().Concat(Texts.Take(Needed));

    /// <summary>The layout of a table.</summary>
    public static TableLayout Of(ImportedTable table) => s_all[(int)table];
}

/// <summary>
/// What the columns of these tables are called in English, German, French, Spanish and Chinese, beside the names of sales.
/// </summary>
internal static class TableColumnNames
{
    private static readonly Dictionary<string, string[]> s_names = new(StringComparer.Ordinal)
    {
        ["account_id"] =
        [
            "accountid", "accountnumber", "accountno", "account", "companyid", "organizationid", "organisationid", "firmenkonto",
            "firmennummer", "firmenid", "idcompte", "compteid", "identreprise", "idcuenta", "cuentaid", "idempresa", "账户id", "账户编号", "企业id",
        ],
        ["parent_account_id"] =
        [
            "parentaccountid", "parentaccount", "parentcompanyid", "parentorganizationid", "parentorganisationid", "hauptkonto",
            "idcompteparent", "comptepere", "idcuentamatriz", "cuentamatriz", "母账户id", "上级账户id", "上级账户",
        ],
        ["occurred_at"] =
        [
            "occurredat", "eventtime", "eventdate", "eventtimestamp", "eventat", "happenedat", "recordedat", "visitedat",
            "ereigniszeit", "ereignisdatum", "dateevenement", "datedelevenement", "fechaevento", "fechadelevento", "发生时间", "事件时间",
        ],
        ["contacted_at"] =
        [
            "contactedat", "contactdate", "contacttime", "sentat", "sentdate", "senddate", "sendtime", "calldate", "calledat",
            "deliveredat", "kontaktdatum", "versanddatum", "gesendetam", "dateenvoi", "datecontact", "fechaenvio", "fechacontacto",
            "联系时间", "发送时间",
        ],
        ["kind"] =
        [
            "kind", "eventtype", "eventname", "eventkind", "event", "type", "action", "activity", "interaction", "ereignis",
            "ereignistyp", "ereignisart", "art", "aktion", "typeevenement", "evenement", "tipoevento", "evento", "accion", "tipo",
            "事件类型", "事件名称", "事件", "行为类型", "行为", "类型",
        ],
        ["value"] =
        [
            "value", "eventvalue", "score", "rating", "points", "nps", "npsscore", "wert", "punkte", "bewertung", "valeur", "note", "valor",
            "puntuacion", "puntos", "数值", "评分", "分数", "值",
        ],
        ["session"] =
        [
            "sessionid", "session", "visitid", "sitzung", "sitzungsid", "idsession", "sesion", "idsesion", "sesionid", "会话id", "会话",
        ],
        ["campaign"] =
        [
            "campaign", "campaignid", "campaignname", "kampagne", "kampagnenname", "campagne", "nomcampagne", "campana",
            "营销活动", "活动名称", "活动",
        ],
        ["outcome"] =
        [
            "outcome", "result", "response", "disposition", "status", "ergebnis", "reaktion", "resultat", "reponse", "resultado",
            "respuesta",
            "结果", "回应", "状态",
        ],
        ["name"] =
        [
            "productname", "itemname", "name", "title", "producttitle", "description", "artikelbezeichnung", "bezeichnung", "produktname",
            "nomproduit", "designation", "nombreproducto", "nombre", "descripcion", "商品名称", "产品名称", "名称",
        ],
    };

    // What is a sale's time is an event's or a contact's where nothing better is there; an id without a word before it is the table's own.
    private static readonly Dictionary<string, (string Meaning, string[] Own)> s_also = new(StringComparer.Ordinal)
    {
        ["occurred_at"] = ("ordered_at", []),
        ["contacted_at"] = ("ordered_at", []),
        ["customer_id"] = ("customer_id", ["id"]),
        ["product_id"] = ("product_id", ["id"]),
    };

    /// <summary>How well a header names a canonical column: 0 = not at all.</summary>
    public static int Score(string canonical, string header)
    {
        int own = s_names.TryGetValue(canonical, out string[]? names) ? ColumnNames.Score(names, header) : 0;
        if (s_also.TryGetValue(canonical, out var also))
        {
            // Behind every exact name of its own.
            int more = Math.Max(
                ColumnNames.Score(also.Meaning, header),
                also.Own.Contains(ColumnNames.Normalise(header)) ? 500 : 0);
            return names is null ? more : Math.Max(own, more / 2);
        }

        return names is null ? ColumnNames.Score(canonical, header) : own;
    }
}
