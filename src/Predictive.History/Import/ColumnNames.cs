using System.Text;

namespace Predictive.History.Import;

/// <summary>What the columns of a transactions table are called in English, German, French, Spanish and Chinese.</summary>
internal static class ColumnNames
{
    // Best names first: where several columns bear one, the earlier wins. Written without accents, blanks and signs (Normalise).
    private static readonly Dictionary<string, string[]> s_names = new(StringComparer.Ordinal)
    {
        ["customer_id"] =
        [
            "customerid", "custid", "customerno", "customernumber", "customernr", "customerkey", "customercode", "clientid", "memberid",
            "membernumber", "userid", "buyerid", "shopperid",
            "accountid", "householdid", "panelistid", "donorid", "contactid", "personid", "loyaltyid", "loyaltycard", "cardid",
            "cardnumber", "visitorid", "subscriberid",
            "kundennummer", "kundenummer", "kundennr", "kundenid", "kdnr", "kundeid", "debitorennummer", "debitor", "mitgliedsnummer",
            "numeroclient", "numclient", "idclient", "codeclient", "clientnumero", "refclient", "nclient",
            "idcliente", "clienteid", "numerocliente", "codigocliente", "codcliente", "numcliente",
            "客户id", "客户编号", "客户号", "客户编码", "会员id", "会员编号", "会员号", "会员卡号", "用户id", "用户编号", "买家id", "顾客id", "顾客编号",
            "customer", "cust", "client", "buyer", "shopper", "member", "user", "household", "account", "donor", "kunde", "kaeufer",
            "acheteur", "cliente", "comprador", "客户", "会员", "用户", "买家", "顾客", "买家会员名",
            "customeremail", "email", "emailaddress", "buyeremail", "mail", "kundenemail", "correo", "courriel", "邮箱", "手机号",
            "customername", "buyername", "kundenname", "nomclient", "nombrecliente", "客户名称", "客户姓名", "姓名",
        ],
        ["ordered_at"] =
        [
            "orderedat", "orderdate", "orderdatetime", "ordertime", "ordertimestamp", "orderedon", "purchasedate", "purchasedat",
            "purchasetime", "purchasetimestamp", "orderpurchasetimestamp", "invoicedate", "transactiondate", "transactiontime",
            "transactiontimestamp", "transactiondatetime", "saledate", "salesdate", "createdat", "createddate", "datecreated",
            "creationdate", "dateadded", "paidat", "paymentdate", "paymenttime", "datepaid",
            "bestelldatum", "kaufdatum", "rechnungsdatum", "belegdatum", "auftragsdatum", "verkaufsdatum", "buchungsdatum", "zeitpunkt",
            "datecommande", "datedecommande", "datedelacommande", "dateachat", "datedachat", "datefacture", "datedefacture", "datevente",
            "datedevente",
            "fechapedido", "fechadepedido", "fechadelpedido", "fechacompra", "fechadecompra", "fechafactura", "fechadefactura",
            "fechaventa", "fechadeventa",
            "下单时间", "下单日期", "订单日期", "订单时间", "订单创建时间", "购买日期", "购买时间", "交易时间", "交易日期", "支付时间", "付款时间", "订单付款时间", "成交时间", "销售日期",
            "datetime", "timestamp", "date", "day", "datum", "fecha", "日期", "time", "zeit", "时间", "when", "giftdate", "donationdate",
            "visitdate",
        ],
        ["order_id"] =
        [
            "orderid", "ordernumber", "orderno", "ordernr", "ordercode", "invoiceno", "invoiceid", "invoicenumber", "invoice",
            "transactionid", "transactionnumber", "basketid", "receiptid", "receiptno", "receiptnumber", "receipt", "ticketid", "ticket",
            "billno", "order",
            "bestellnummer", "bestellnr", "bestellid", "auftragsnummer", "auftragsnr", "rechnungsnummer", "rechnungsnr", "rechnung",
            "belegnummer", "belegnr", "bonnummer", "bestellung",
            "numerocommande", "numerodecommande", "ncommande", "commande", "idcommande", "referencecommande", "numerofacture",
            "numerodefacture", "facture",
            "numeropedido", "numerodepedido", "numpedido", "idpedido", "pedidoid", "pedido", "numerofactura", "numerodefactura", "factura",
            "订单号", "订单编号", "订单id", "单号", "交易号", "交易编号", "小票号", "发票号",
        ],
        ["amount"] =
        [
            "amount", "netamount", "lineamount", "linetotal", "itemtotal", "salesamount", "saleamount", "salesvalue", "netsales", "sales",
            "revenue", "netrevenue", "transactionamount", "purchaseamount", "orderamount", "paymentamount", "paidamount", "amountpaid",
            "paymentvalue",
            "dollarvalue", "spend", "spending", "turnover", "value", "total", "ordertotal", "totalamount", "totalprice", "totalsales",
            "grandtotal", "ordervalue", "subtotal", "giftamount", "donationamount", "extendedprice", "pricetotal",
            "betrag", "nettobetrag", "positionsbetrag", "umsatz", "nettoumsatz", "gesamtbetrag", "gesamtpreis", "gesamtsumme", "summe",
            "rechnungsbetrag", "bestellwert", "warenwert",
            "montant", "montantht", "montantttc", "montantnet", "montanttotal", "totalht", "totalttc", "chiffredaffaires", "ca",
            "prixtotal", "valeur",
            "importe", "importeneto", "importetotal", "monto", "montototal", "preciototal", "venta", "ventas", "ingresos", "valor",
            "金额", "订单金额", "总金额", "实付金额", "支付金额", "付款金额", "交易金额", "成交金额", "销售额", "销售金额", "消费金额", "总价", "合计", "买家实际支付金额",
        ],
        ["quantity"] =
        [
            "quantity", "qty", "units", "unitssold", "quantitysold", "quantitypurchased", "quantityordered", "pieces", "itemcount",
            "numberofitems",
            "menge", "anzahl", "stueck", "stueckzahl", "quantite", "qte", "nombre", "cantidad", "cant", "unidades", "数量", "件数", "购买数量",
            "销售数量", "商品数量",
        ],
        ["unit_price"] =
        [
            "unitprice", "priceperunit", "priceeach", "itemprice", "sellingprice", "saleprice", "listprice", "price",
            "einzelpreis", "stueckpreis", "preisprostueck", "preis", "prixunitaire", "pu", "prix", "preciounitario", "preciounidad",
            "precio", "单价", "价格", "售价", "商品单价",
        ],
        ["product_id"] =
        [
            "productid", "productcode", "productno", "productsku", "stockcode", "sku", "itemid", "itemcode", "itemno", "itemsku",
            "articleid", "articleno", "upc", "ean", "gtin", "asin", "materialnumber", "product", "item", "article", "productname",
            "itemname",
            "artikelnummer", "artikelnr", "artikelid", "artikel", "produktnummer", "produktid", "produkt", "artikelbezeichnung",
            "referenceproduit", "idproduit", "codeproduit", "codearticle", "refproduit", "produit", "reference", "idproducto",
            "codigoproducto", "codproducto", "producto", "articulo", "referencia",
            "商品id", "商品编号", "商品编码", "商品代码", "产品id", "产品编号", "货号", "sku编码", "商品", "产品", "商品名称", "产品名称", "宝贝标题",
        ],
        ["category"] =
        [
            "category", "productcategory", "categoryname", "itemcategory", "categorycode", "department", "productgroup", "producttype",
            "brand", "segment",
            "kategorie", "warengruppe", "produktkategorie", "produktgruppe", "marke", "categorie", "categorieproduit", "rayon", "famille",
            "marque", "categoria", "categoriaproducto", "familia", "marca",
            "类别", "品类", "分类", "商品类别", "商品分类", "产品类别", "品牌",
        ],
        ["channel"] = [
            "channel", "saleschannel", "orderchannel", "ordersource", "kanal", "vertriebskanal", "verkaufskanal", "canal", "canaldevente",
            "canalventa", "canaldeventa", "渠道", "销售渠道", "订单来源",
        ],
        ["unit_cost"] = [
            "unitcost", "costperunit", "costprice", "itemcost", "einkaufspreis", "einstandspreis", "coutunitaire", "prixdachat",
            "costeunitario", "单位成本", "成本价", "成本",
        ],
        ["discount"] =
            ["discount", "discountamount", "linediscount", "rabatt", "nachlass", "remise", "rabais", "descuento", "折扣金额", "优惠金额", "折扣"],
        ["currency"] = [
            "currency", "currencycode", "ordercurrency", "currencyiso", "waehrung", "waehrungscode", "devise", "monnaie", "moneda",
            "divisa", "币种", "货币",
        ],
        ["status"] =
        [
            "status", "orderstatus", "financialstatus", "paymentstatus", "transactionstatus", "state", "orderstate", "bestellstatus",
            "auftragsstatus", "zahlungsstatus", "statut", "statutcommande", "etat", "estado", "estadopedido", "estadodelpedido",
            "状态", "订单状态", "支付状态", "交易状态",
        ],
    };

    // What an order that is no revenue is called. Refunds are among them: the money went back.
    private static readonly string[] s_void =
    [
        "cancel", "void", "fail", "refund", "declin", "reject", "expire", "chargeback", "disput", "return", "abandon", "draft", "trash",
        "unpaid", "pending", "onhold", "closed", "incomplete", "uncaptured",
        "stornier", "abgebrochen", "abgelehnt", "erstattet", "fehlgeschlagen", "offen", "retour", "annul", "rembours", "echou", "refuse",
        "enattente", "cancelad", "anulad", "reembols", "devuel", "rechazad", "fallid", "pendiente",
        "取消", "退款", "关闭", "失败", "退货", "未付款", "待付款", "作废",
    ];

    /// <summary>The meanings known, the needed ones first.</summary>
    public static IReadOnlyCollection<string> Meanings => s_names.Keys;

    /// <summary>How well a header names a meaning: 0 = not at all, 1000 = its best name.</summary>
    public static int Score(string meaning, string header) => Score(s_names[meaning], header);

    /// <summary>The same for a list of names, best first.</summary>
    public static int Score(string[] names, string header)
    {
        string name = Normalise(header);
        int exact = Array.IndexOf(names, name);
        if (exact >= 0)
        {
            return 1000 - exact;
        }

        // sample_customer_id, household_key_id: the longest known name it ends with, after other words; or begins with.
        int best = 0;
        for (int i = 0; i < names.Length; i++)
        {
            bool ends = names[i].Length >= 4 && name.EndsWith(names[i], StringComparison.Ordinal),
                begins = names[i].Length >= 6 && name.StartsWith(names[i], StringComparison.Ordinal);
            bool chinese = names[i].Length >= 2 && names[i][0] > 0x2E80 && name.Contains(names[i], StringComparison.Ordinal);
            if (ends || begins || chinese)
            {
                best = Math.Max(best, (ends || chinese ? 400 : 200) + names[i].Length);
            }
        }

        return best;
    }

    /// <summary>Whether a status says that the order brought no money.</summary>
    public static bool IsVoid(string status)
    {
        string name = Normalise(status);
        return Array.Exists(s_void, v => name.Contains(v, StringComparison.Ordinal));
    }

    /// <summary>Letters and digits in lower case, without accents; ä, ö, ü, ß as ae, oe, ue, ss.</summary>
    public static string Normalise(string name) => string.Concat(WithoutAccents(name).Where(char.IsLetterOrDigit));

    /// <summary>Lower case, without accents. By a table: the product runs without the system's (ICU's) rules of normalisation.</summary>
    public static string WithoutAccents(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name.ToLowerInvariant())
        {
            int at = Accented.IndexOf(c, StringComparison.Ordinal);
            text.Append(at >= 0
                ? Plain[at]
                : c switch { 'ä' or 'æ' =>
                    "ae", 'ö' or 'œ' =>
                        "oe", 'ü' =>
                            "ue", 'ß' =>
                                "ss", '\u0300' or '\u0301' or '\u0302' or '\u0303' or '\u0308' or '\u0327' => "", _ => c.ToString() });
        }

        return text.ToString();
    }

    private const string Accented = "àáâãåçèéêëìíîïñòóôõøùúûýÿšžčćłśźżąęń";
    private const string Plain = "aaaaaceeeeiiiinooooouuuyyszcclszzaen";
}
